// Loaded before everything else, in JavaScript that any Node understands: says in one line that Node is too old, where
// the service itself, which is TypeScript as it stands, could only fail with a riddle.

const required = 24;

if (Number(process.versions.node.split('.')[0]) < required) {
  process.stderr.write(`cannot start: Node ${required} or newer is needed, this is ${process.versions.node}\n`);
  process.exit(1);
}
