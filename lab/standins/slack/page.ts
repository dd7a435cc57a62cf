/**
 * Serves the page: the files of `page/`, by name, and nothing else.
 *
 * Must never happen: a script from elsewhere, or a message's text that becomes markup; the policy below forbids the one,
 * and the scripts build nodes only, never markup, against the other.
 */

import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { send } from './web/http.ts';

const FILES: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'page.css': 'text/css; charset=utf-8',
  'page.js': 'text/javascript; charset=utf-8',
  'dom.js': 'text/javascript; charset=utf-8',
  'mrkdwn.js': 'text/javascript; charset=utf-8',
  'blocks.js': 'text/javascript; charset=utf-8',
  'inputs.js': 'text/javascript; charset=utf-8',
  'modal.js': 'text/javascript; charset=utf-8',
  'messages.js': 'text/javascript; charset=utf-8',
};

const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Answers with the page's file; false when there is none of that name. */
export async function answerPage(path: string, response: ServerResponse): Promise<boolean> {
  const name = path === '/' ? 'index.html' : path.replace(/^\/page\//, '');
  const type = Object.hasOwn(FILES, name) ? FILES[name] : undefined;
  if (type === undefined || (path !== '/' && !path.startsWith('/page/'))) return false;
  const body = await readFile(new URL(`page/${name}`, import.meta.url));
  send(response, 200, type, body, { 'content-security-policy': POLICY, 'x-content-type-options': 'nosniff' });
  return true;
}
