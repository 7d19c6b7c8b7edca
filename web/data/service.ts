// The one client of the console. The service is where the page came from.

import { createClient } from '../../client/index.ts';

export const service = createClient({ baseUrl: '' });
