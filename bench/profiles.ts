// How the service is set up while it is measured: everything that a profile switches on or off stands here.

type Setting = {
  environment: Record<string, string>;
  /** What every request has to bear: the place of the token, once the service asks who is there. */
  headers: Record<string, string>;
};

export const profiles = {
  /** The path of a request alone: nothing is logged, nothing is limited, nobody is asked. */
  quiet: { environment: { LOG_LEVEL: 'warn', RATE_LIMIT: 'off' }, headers: {} },
  /** As in production: every request is logged, and counted against a limit that is too wide to be met. */
  full: { environment: { LOG_LEVEL: 'info', RATE_LIMIT: 'reads=100000000,writes=100000000' }, headers: {} },
} satisfies Record<string, Setting>;

export type Profile = keyof typeof profiles;
