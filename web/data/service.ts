// The one client of the console. The service is where the page came from; who is signed in stands in each request.

import { createClient } from '../../client/index.ts';
import { currentToken } from '../session/session.ts';

export const service = createClient({ baseUrl: '', token: currentToken });
