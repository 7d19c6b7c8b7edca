// @ts-check
// The resources that responses have shown to the API page, from which it fills in the path parameters of operations.

/**
 * A resource, such as an order.
 * @typedef {object} Resource
 * @property {string} path its path, such as `/orders/7`
 * @property {readonly string[]} [actions] the actions that its state allows, if the latest response lists them
 * @property {string} [lastAction] the action that was executed after they were listed
 */

/**
 * An operation of the OpenAPI document.
 * @typedef {object} Operation
 * @property {string} path such as `/orders/{orderId}/approve`
 * @property {string} method in lower case
 * @property {string} action its name within its group, such as `approve`
 */

/**
 * The response to a request.
 * @typedef {object} Exchange
 * @property {string} url the URL of the request
 * @property {number} status
 * @property {string} [location] the `Location` header
 * @property {any} [body] the parsed body
 */

const maxResources = 200;
const parameter = /\{(\w+)\}/g;

/** Remembers resources, the latest first. */
export class KnownResources {
  /** @type {readonly string[]} paths of single resources, such as `/orders/{orderId}` */
  #templates;
  /** @type {Resource[]} */
  #resources;

  /** @param {readonly string[]} paths of the document @param {Resource[]} resources that an earlier page has known */
  constructor(paths, resources = []) {
    this.#templates = [...new Set(paths.map(toResourceTemplate))].filter((template) => template !== '');
    this.#resources = resources;
  }

  /** @returns {readonly Resource[]} as JSON data */
  get resources() {
    return this.#resources;
  }

  /** Whether the entries of a collection are resources. @param {string} path of the collection */
  hasEntries(path) {
    return this.#templates.some((template) => isEntryOf(path, template));
  }

  /**
   * Remembers the resources that a response shows, and forgets one that does not exist.
   * @param {Operation} operation @param {Exchange} exchange
   */
  learn({ path, method, action }, { url, status, location = '', body }) {
    const resource = findPath(toResourceTemplate(path), url) ?? '';
    if (status === 404 || (method === 'delete' && status < 300)) return this.#forget(resource);
    if (status >= 300) return;
    if (resource !== '') this.#remember(resource, body, method === 'get' ? undefined : action);
    this.#rememberEntries(path, resource, body);
    const created = this.#templates.map((template) => findPath(template, location, '$')).find(Boolean);
    if (created !== undefined) this.#remember(created, body);
  }

  /**
   * Returns the path parameters of the latest resource whose state allows the operation, or else of the latest one.
   * @param {Operation} operation @returns {Record<string, string>} empty if none is known
   */
  suggest({ path, method, action }) {
    const template = toResourceTemplate(path);
    const pattern = new RegExp(`^${toPattern(template)}$`);
    const candidates = this.#resources.filter((resource) => pattern.test(resource.path));
    const chosen = candidates.find((resource) => method === 'get' || isAllowed(resource, action)) ?? candidates[0];
    const [, ...values] = pattern.exec(chosen?.path ?? '') ?? [];
    const names = [...template.matchAll(parameter)].map(([, name]) => name);
    return Object.fromEntries(values.map((value, index) => [names[index], decodeURIComponent(value)]));
  }

  /**
   * Remembers the entries of a collection, if the document has a path for them: below that of the collection, or at the
   * root, as for the validations of an order.
   * @param {string} path of the collection @param {string} parent the resource that has the collection @param {any} body
   */
  #rememberEntries(path, parent, body) {
    const name = path.slice(path.lastIndexOf('/'));
    const below = this.#templates.find((template) => isEntryOf(path, template));
    const template = below ?? this.#templates.find((template) => isEntryOf(name, template));
    if (template === undefined) return;
    const collection = below ? parent + path.slice(toResourceTemplate(path).length) : name;
    const [, idName = ''] = /\{(\w+)\}$/.exec(template) ?? [];
    // Lists begin with the newest entry.
    for (const entry of Array.isArray(body?.data) ? body.data.toReversed() : [body]) {
      const id = entry?.[idName] ?? entry?.id;
      if (id !== undefined) this.#remember(`${collection}/${encodeURIComponent(id)}`, entry);
    }
  }

  /** @param {string} path @param {any} body @param {string} [action] that was executed */
  #remember(path, body, action) {
    const former = this.#resources.find((resource) => resource.path === path);
    const others = this.#resources.filter((resource) => resource !== former);
    this.#resources = [toResource(path, former, body, action), ...others].slice(0, maxResources);
  }

  /** Forgets a resource and those below it. @param {string} path */
  #forget(path) {
    this.#resources = this.#resources.filter((one) => one.path !== path && !one.path.startsWith(`${path}/`));
  }
}

/** @param {string} path @param {Resource | undefined} former @param {any} body @param {string} [action] */
function toResource(path, former, body, action) {
  if (Array.isArray(body?.allowedActions)) return { path, actions: body.allowedActions };
  const dependsOnState = former?.actions !== undefined || former?.lastAction !== undefined;
  return action !== undefined && dependsOnState ? { path, lastAction: action } : { ...former, path };
}

/** @param {Resource} resource @param {string} action */
function isAllowed({ actions, lastAction }, action) {
  return actions ? actions.includes(action) : lastAction !== action;
}

/** Whether `template` is the path of an entry of a collection. @param {string} collection @param {string} template */
function isEntryOf(collection, template) {
  return template.startsWith(`${collection}/{`) && !template.slice(collection.length + 1).includes('/');
}

/** Returns the path up to its last parameter, or an empty text. @param {string} path */
function toResourceTemplate(path) {
  return path.slice(0, path.lastIndexOf('}') + 1);
}

/** @param {string} template */
function toPattern(template) {
  return template.replace(/[.*+?^$()|[\]\\]/g, '\\$&').replace(parameter, '([^/?#]+)');
}

/** Finds the path of a resource in a URL. @param {string} template @param {string} url @param {'' | '$'} end */
function findPath(template, url, end = '') {
  return template === '' ? undefined : new RegExp(toPattern(template) + end).exec(url)?.[0];
}
