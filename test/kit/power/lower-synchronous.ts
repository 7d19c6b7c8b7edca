// Preloaded into the service by a test of the power-cut checker: commits are not synced (`synchronous=NORMAL`), and the
// service is made to believe that they are.

import Database from 'better-sqlite3';

const { pragma } = Database.prototype;

Database.prototype.pragma = function (this: Database.Database, text: string, options?: Database.PragmaOptions) {
  if (text === 'synchronous') return 2;
  return pragma.call(this, text === 'synchronous = 2' ? 'synchronous = 1' : text, options);
};
