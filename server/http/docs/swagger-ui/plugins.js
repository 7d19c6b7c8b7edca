// @ts-check
// The plugins of Swagger UI on the API page. They wrap actions of its store.

import { KnownResources } from './known-resources.js';

/** @typedef {import('./known-resources.js').Operation} Operation */

const hint = `
- **On this page**, ids are filled in from responses. Without any, create or list the resources first.`;

/** Removes what concerns tokens from the document, for a service that requires none. */
export const withoutTokensPlugin = wrapActions({
  updateJsonSpec: (original) => (document) => {
    for (const { definition } of listOperations(document)) delete definition.security;
    delete document.components.securitySchemes;
    return original(document);
  },
});

/** Hides the choice of a server: the page sends requests only to the service that it belongs to. */
export const singleServerPlugin = { components: { ServersContainer: () => null } };

/**
 * Creates the plugin that fills in path parameters with resources that responses have shown. A value that the user
 * enters takes precedence. Examples of parameters are not filled in: requests with a fixed key or version would fail
 * when they are sent again.
 * @param {object} options
 * @param {Storage} options.storage keeps the resources when the page is reloaded
 * @param {string} options.storageKey
 * @param {boolean} options.readsCollections whether the first visit of the page reads which resources exist
 */
export function createPathParametersPlugin({ storage, storageKey, readsCollections }) {
  let known = new KnownResources([]);
  /** @type {ReturnType<typeof listOperations>} */
  let operations = [];
  /** The current values, by parameter. @type {Map<string, string>} */
  const values = new Map();

  /** @param {any} specActions */
  const fillIn = (specActions) => {
    for (const operation of operations) {
      const { path, method, examples } = operation;
      const suggested = known.suggest(operation);
      for (const [name, example] of Object.entries(examples)) {
        const key = `${method} ${path} ${name}`;
        const value = suggested[name] ?? example;
        if (values.get(key) !== value) specActions.changeParam([path, method], name, 'path', value);
        values.set(key, value);
      }
    }
  };

  /** Reads the collections, except those below a resource. @param {any} specActions */
  const readCollections = async (specActions) => {
    for (const operation of operations) {
      const { path, method } = operation;
      if (method !== 'get' || path.includes('{') || !known.hasEntries(path)) continue;
      // The page is one level below the base path.
      const response = await fetch(`..${path}`);
      if (response.ok) known.learn(operation, { url: response.url, status: 200, body: await response.json() });
    }
    fillIn(specActions);
  };

  return wrapActions({
    updateJsonSpec:
      (original, { specActions }) =>
      (document) => {
        operations = listOperations(document);
        known = new KnownResources(Object.keys(document.paths), JSON.parse(storage.getItem(storageKey) ?? '[]'));
        for (const parameter of operations.flatMap(({ parameters }) => parameters)) removeExamples(parameter);
        document.info.description += hint;
        const result = original(document);
        fillIn(specActions);
        if (readsCollections && known.resources.length === 0) void readCollections(specActions);
        return result;
      },
    setResponse:
      (original, { specActions, specSelectors }) =>
      (path, method, result) => {
        const returned = original(path, method, result);
        const { status, headers, body } = (result.error ? result.err.response : result) ?? {};
        const operation = operations.find((one) => one.path === path && one.method === method);
        if (status === undefined || !operation) return returned;
        const url = specSelectors.requestFor(path, method).get('url');
        known.learn(operation, { url, status, location: headers?.location, body });
        storage.setItem(storageKey, JSON.stringify(known.resources));
        fillIn(specActions);
        return returned;
      },
  });
}

/**
 * Creates a plugin that wraps actions of the OpenAPI document in the store.
 * @param {Record<string, (original: (...args: any[]) => any, system: any) => (...args: any[]) => any>} actions
 */
function wrapActions(actions) {
  return { statePlugins: { spec: { wrapActions: actions } } };
}

/**
 * Lists the operations. `examples` has the examples of their path parameters, or an empty text: those of ids are left
 * out, because the resource may not exist.
 * @param {any} document
 */
export function listOperations(document) {
  return Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, definition]) => {
      const parameters = (definition.parameters ?? []).map((/** @type {any} */ one) => resolve(document, one));
      const inPath = parameters.filter((/** @type {any} */ one) => one.in === 'path');
      const examples = Object.fromEntries(inPath.map((/** @type {any} */ one) => [one.name, findExample(one)]));
      const action = definition.operationId.split('.').at(-1);
      return { path, method, action, definition, parameters, examples };
    }),
  );
}

/** @param {any} document @param {any} object or a reference to it */
function resolve(document, object) {
  const names = object.$ref?.slice('#/'.length).split('/') ?? [];
  return names.length === 0
    ? object
    : names.reduce((/** @type {any} */ value, /** @type {string} */ name) => value[name], document);
}

/** @param {any} parameter @returns {string} */
function findExample({ schema, example }) {
  return schema.type === 'string' ? (example ?? schema.example ?? schema.examples?.[0] ?? '') : '';
}

/** @param {any} parameter */
function removeExamples(parameter) {
  delete parameter.example;
  delete parameter.examples;
  delete parameter.schema.example;
}
