// Receives webhooks: verifies each request, acknowledges it, and ignores events that it has received before.

import { createServer } from 'node:http';
import { verifyWebhook, WebhookVerificationError } from '@order-workflow/client/webhooks';

const secret = process.env.WEBHOOK_SECRET ?? '';
const port = Number(process.env.PORT ?? 9000);
/** The ids of received events. A real receiver stores them with what it changes. */
const received = new Set<string>();

const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  try {
    // The signature covers the bytes of the body as they were received.
    const event = verifyWebhook({ secret, headers: request.headers, body: Buffer.concat(chunks) });
    if (!received.has(event.id)) {
      received.add(event.id);
      if (event.type === 'order.approved') console.log(`order ${event.orderId} was approved`);
      else console.log(event.type);
    }
    response.writeHead(204).end();
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    response.writeHead(401).end();
  }
});

server.listen(port, '127.0.0.1', () => console.log(`receiving webhooks on port ${port}`));
