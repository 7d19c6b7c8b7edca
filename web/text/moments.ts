// Moments in words, in the time zone of this browser.

const timeOfDay = new Intl.DateTimeFormat(undefined, { timeStyle: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const dayAndYear = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric', year: 'numeric' });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeStyle: 'medium' });

/** As short as can be told apart: the time today, the day this year, else the date. */
export function briefMoment(timestamp: string, now = new Date()): string {
  const moment = new Date(timestamp);
  if (moment.toDateString() === now.toDateString()) return timeOfDay.format(moment);
  return (moment.getFullYear() === now.getFullYear() ? dayOfYear : dayAndYear).format(moment);
}

/** To the second. */
export function exactMoment(timestamp: string): string {
  return exact.format(new Date(timestamp));
}
