// Turns the flat input of an operation into a request of its route, and the response into a body or an error.

import { type AppRoute, insertParamsIntoPath } from '@ts-rest/core';
import { z } from 'zod';
import type { Problem } from '../contract/problem.ts';
import { ConnectionError, ProblemError, UnexpectedAnswerError } from './errors.ts';

type FlatInput = Record<string, unknown>;

/** The URL and body of a call: path parameters are taken by name, the rest is the query of a GET and the body else. */
export function requestOf(route: AppRoute, input: FlatInput): { path: string; body: string | undefined } {
  const pathNames = new Set([...route.path.matchAll(/:(\w+)/g)].map((match) => match[1] ?? ''));
  const entries = Object.entries(input).filter(([, value]) => value !== undefined);
  for (const name of pathNames) if (input[name] === undefined) throw new TypeError(`${name} is missing`);
  const params = Object.fromEntries(
    entries.filter(([key]) => pathNames.has(key)).map(([key, value]) => [key, encodeURIComponent(String(value))]),
  );
  const path = insertParamsIntoPath({ path: route.path, params });
  const others = entries.filter(([key]) => !pathNames.has(key));
  if (route.method === 'GET') {
    const query = new URLSearchParams(others.map(([key, value]) => [key, String(value)])).toString();
    return { path: query === '' ? path : `${path}?${query}`, body: undefined };
  }
  const hasBody = others.length > 0 || !isOptionalBody(route);
  return { path, body: hasBody ? JSON.stringify(Object.fromEntries(others)) : undefined };
}

function isOptionalBody(route: AppRoute): boolean {
  return 'body' in route && route.body instanceof z.ZodOptional;
}

/** Sends a request and waits for the whole answer. Throws the reason of `callerSignal` where the caller gave it up. */
export async function send(
  fetchFunction: typeof fetch,
  url: string,
  init: RequestInit,
  callerSignal: AbortSignal | undefined,
): Promise<unknown> {
  let response: Response;
  let text: string;
  try {
    response = await fetchFunction(url, init);
    text = await response.text();
  } catch (cause) {
    if (callerSignal?.aborted) throw callerSignal.reason;
    throw new ConnectionError(`no answer from ${init.method} ${url}`, { cause });
  }
  return bodyOf(response, text);
}

function bodyOf(response: Response, text: string): unknown {
  const type = response.headers.get('content-type') ?? '';
  if (!/^application\/(problem\+)?json\b/i.test(type)) throw new UnexpectedAnswerError(response.status, text);
  const body = parseJson(response.status, text);
  if (response.ok) return body;
  if (isProblem(body)) throw new ProblemError(body);
  throw new UnexpectedAnswerError(response.status, text);
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'requestId' in body;
}

function parseJson(status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedAnswerError(status, text);
  }
}
