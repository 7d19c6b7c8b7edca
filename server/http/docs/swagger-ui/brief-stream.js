// @ts-check
// Reads the beginning of an event stream. Swagger UI shows a response only when it has ended, and a stream does not end.

const readMs = 3_000;
const maxCharacters = 50_000;

const note = `: This page stopped reading here. To follow the stream, run the curl command above,
: or use \`new EventSource(url)\` in a browser, or \`client.events.stream()\` of the SDK.
`;

/**
 * A `fetch` that ends the response after 3 s or 50,000 characters, between two messages, with a comment that says so.
 * @param {RequestInfo} url
 * @param {RequestInit} [options]
 */
export async function fetchBriefly(url, options) {
  const controller = new AbortController();
  const response = await fetch(url, { ...options, signal: controller.signal });
  if (!response.ok || !response.body) return response;
  const timer = setTimeout(() => controller.abort(), readMs);
  const text = await readUntilAborted(response.body.pipeThrough(new TextDecoderStream()), controller.signal);
  clearTimeout(timer);
  controller.abort();
  const { status, statusText, headers } = response;
  return new Response(text.slice(0, text.lastIndexOf('\n\n') + 2) + note, { status, statusText, headers });
}

/** @param {ReadableStream<string>} chunks @param {AbortSignal} signal */
async function readUntilAborted(chunks, signal) {
  let text = '';
  const reader = chunks.getReader();
  try {
    while (text.length < maxCharacters) {
      const { done, value } = await reader.read();
      if (done) break;
      text += value;
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return text;
}
