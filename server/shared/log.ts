// Creates the log: JSON lines on standard output, or readable lines on a terminal.

import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

/** @param level a level of pino, or `silent` */
export function createLog(level: string, isTerminal: boolean): Logger {
  if (!isTerminal) return pino({ level });
  return pino({ level }, pretty({ ignore: 'pid,hostname,req,res,responseTime,user', sync: true }));
}
