// The types of the handlers that implement the contract: the types of ts-rest with the request and the response of this
// service, and with response bodies that may be serialized already.

import type { AppRoute } from '@ts-rest/core';
import type { AppRouteImplementation } from '@ts-rest/express';
import type { Contract } from '../../../contract/index.ts';
import type { StreamText } from '../../../contract/schemas/stream.ts';
import type { JsonText } from '../../shared/json-text.ts';
import type { ServiceRequest, ServiceResponse, StreamBody } from '../request/request.ts';

type Implementation<Route extends AppRoute> = AppRouteImplementation<Route>;

/** The validated parameters, query, headers and body of a request, and the request and its response. */
type HandlerInput<Route extends AppRoute> = Omit<Parameters<Implementation<Route>>[0], 'req' | 'res'> & {
  req: ServiceRequest;
  res: ServiceResponse;
};

/** Status and body of a response. A JSON body may be serialized already; the body of a stream writes itself. */
type HandlerResult<Declared> = Declared extends { status: infer Status; body: infer Body }
  ? { status: Status; body: Body extends StreamText<unknown> ? StreamBody : Body | JsonText<Body> }
  : never;

/** The handlers of one part of the contract, by the names of its routes. */
export type Handlers<Part extends keyof Contract> = {
  [Name in keyof Contract[Part]]: Contract[Part][Name] extends AppRoute
    ? (
        input: HandlerInput<Contract[Part][Name]>,
      ) => Promise<HandlerResult<Awaited<ReturnType<Implementation<Contract[Part][Name]>>>>>
    : never;
};
