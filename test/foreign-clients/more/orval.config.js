// Configuration of orval. Its client has the base URL in its code.

export const orders = {
  input: 'openapi.json',
  output: { target: 'generated/orval/client.ts', client: 'fetch', baseUrl: process.env.SERVICE_URL },
};

// biome-ignore lint/style/noDefaultExport: orval reads the default export.
export default { orders };
