// Preloaded with --import: reports an unsupported Node version in one line. It is JavaScript that old versions can run;
// the TypeScript of the service would fail there with a syntax error.

const required = 24;

if (Number(process.versions.node.split('.')[0]) < required) {
  process.stderr.write(`cannot start: Node ${required} or newer is required; this is Node ${process.versions.node}\n`);
  process.exit(1);
}
