// The log: JSON lines on standard output, or readable ones where a person looks on.

import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';

export function createLog(level: string, isTerminal: boolean): Logger {
  if (!isTerminal) return pino({ level });
  return pino({ level }, pretty({ ignore: 'pid,hostname,req,res,responseTime,user', sync: true }));
}
