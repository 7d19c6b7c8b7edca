// The one client of the console. The service is where the page came from; who is signed in stands in each request.

import { createClient } from '../../client/index.ts';
import { askForToken, currentToken } from '../session/session.ts';

export const service = createClient({ baseUrl: '', token: currentToken, fetch: fetchInSession });

/** Asks for a token where the present one is refused. That a former one was is no news, and may come late. */
async function fetchInSession(...request: Parameters<typeof fetch>): Promise<Response> {
  const response = await fetch(...request);
  const present = currentToken();
  const authorization = new Headers(request[1]?.headers).get('authorization');
  if (response.status === 401 && authorization === (present === undefined ? null : `Bearer ${present}`)) {
    const problem = await response
      .clone()
      .json()
      .catch(() => undefined);
    askForToken(problem?.detail ?? 'The token was refused.');
  }
  return response;
}
