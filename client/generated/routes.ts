// The routes of all operations. Generated from the contract by `npm run generate`.

import type { ApiRoutes } from '../request/route.ts';

/** Group → operation → route. */
export const routes: ApiRoutes = {
  orders: {
    create: { method: 'POST', path: '/orders', hasBody: true },
    list: { method: 'GET', path: '/orders', paging: 'cursor' },
    get: { method: 'GET', path: '/orders/:orderId', values: [304] },
    edit: { method: 'PUT', path: '/orders/:orderId', hasBody: true },
    validate: { method: 'POST', path: '/orders/:orderId/validate' },
    approve: { method: 'POST', path: '/orders/:orderId/approve' },
    reject: { method: 'POST', path: '/orders/:orderId/reject' },
    events: { method: 'GET', path: '/orders/:orderId/events', paging: 'cursor' },
    validations: { method: 'GET', path: '/orders/:orderId/validations', paging: 'cursor' },
  },
  validations: {
    get: { method: 'GET', path: '/validations/:validationId' },
    retry: { method: 'POST', path: '/validations/:validationId/retry' },
  },
  events: {
    list: { method: 'GET', path: '/events', paging: 'position' },
    stream: { method: 'GET', path: '/events/stream', isStream: true },
  },
  webhooks: {
    create: { method: 'POST', path: '/webhooks', hasBody: true },
    list: { method: 'GET', path: '/webhooks', paging: 'cursor' },
    get: { method: 'GET', path: '/webhooks/:webhookId' },
    edit: { method: 'PUT', path: '/webhooks/:webhookId', hasBody: true },
    delete: { method: 'DELETE', path: '/webhooks/:webhookId' },
    pause: { method: 'POST', path: '/webhooks/:webhookId/pause' },
    resume: { method: 'POST', path: '/webhooks/:webhookId/resume' },
    skip: { method: 'POST', path: '/webhooks/:webhookId/skip' },
    rotateSecret: { method: 'POST', path: '/webhooks/:webhookId/rotate-secret' },
    test: { method: 'POST', path: '/webhooks/:webhookId/test' },
    deliveries: { method: 'GET', path: '/webhooks/:webhookId/deliveries', paging: 'cursor' },
    delivery: { method: 'GET', path: '/webhooks/:webhookId/deliveries/:deliveryId' },
    redeliver: { method: 'POST', path: '/webhooks/:webhookId/deliveries/:deliveryId/redeliver' },
  },
  policy: {
    get: { method: 'GET', path: '/policy' },
    check: { method: 'POST', path: '/policy/check', hasBody: true },
  },
  stats: {
    get: { method: 'GET', path: '/stats' },
  },
  identity: {
    get: { method: 'GET', path: '/identity' },
  },
  health: {
    live: { method: 'GET', path: '/health' },
    ready: { method: 'GET', path: '/health/ready', values: [503] },
  },
  documentation: {
    openapi: { method: 'GET', path: '/openapi.json', values: [304] },
    problems: { method: 'GET', path: '/problems' },
    problem: { method: 'GET', path: '/problems/:code' },
  },
};
