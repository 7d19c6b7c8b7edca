// The SDK client of the console. It calls the service that serves the page and sends the token of the signed-in user.

import { createClient } from '@order-workflow/client';
import { serviceUrl } from '../session/service-url.ts';
import { getToken, requestSignIn } from '../session/session.ts';

/**
 * Adds the token to every request and handles 401 responses. Nothing is retried, so that the page shows a lost
 * connection at once; polling reads again.
 */
export const sdk = createClient({ baseUrl: serviceUrl, token: getToken, fetch: fetchInSession, maxRetries: 0 });

/** Requests a sign-in after a 401 response, unless the request was sent with an earlier token. */
async function fetchInSession(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  const currentToken = getToken();
  const authorization = new Headers(request[1]?.headers).get('authorization');
  if (response.status === 401 && authorization === (currentToken === undefined ? null : `Bearer ${currentToken}`)) {
    const problem = await response
      .clone()
      .json()
      .catch(() => undefined);
    requestSignIn(problem?.detail ?? 'The token was rejected.');
  }
  return response;
}
