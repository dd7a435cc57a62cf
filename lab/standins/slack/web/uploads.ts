/** The bytes of files: taken at the address that files.getUploadURLExternal gave, and shown to whoever follows a link. */

import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { writeWhole } from '../../../../host/whole-files.ts';
import type { World } from '../world.ts';
import { readBytes, send } from './http.ts';

/** Slack takes a gigabyte; nothing of ours comes near this. */
export const MAX_FILE_BYTES = 16 * 1024 * 1024;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  md: 'text/markdown; charset=utf-8',
  txt: 'text/plain; charset=utf-8',
};

/** Answers a POST to `/upload/v1/<key>`: raw bytes, or the file of a form. Once each. */
export async function answerUpload(
  world: World,
  key: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const upload = world.uploads.get(key);
  if (request.method !== 'POST' || upload === undefined || upload.content !== undefined) {
    return send(response, 404, 'text/plain', 'not found');
  }
  // A form is a little longer than the file in it.
  const body = await readBytes(request, MAX_FILE_BYTES + 64 * 1024);
  const type = request.headers['content-type'] ?? '';
  const content = body !== undefined && type.startsWith('multipart/') ? await fileIn(body, type) : body;
  if (content === undefined) return send(response, 400, 'text/plain', 'no file');
  if (content.length !== upload.length) return send(response, 400, 'text/plain', 'not of the announced length');
  upload.content = content;
  send(response, 200, 'text/plain', `OK - ${content.length}`);
}

async function fileIn(body: Buffer, type: string): Promise<Buffer | undefined> {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => undefined);
  for (const [, value] of form ?? []) if (typeof value !== 'string') return Buffer.from(await value.arrayBuffer());
  return undefined;
}

function folderOf(world: World): string {
  return join(world.config.folder, 'files');
}

/** Keeps a file beside the messages. */
export async function keepFile(world: World, id: string, content: Buffer): Promise<void> {
  await writeWhole(join(folderOf(world), id), content, { mode: 0o600 });
}

/** Answers `/files/<team>/<id>/<name>`; whoever sees the page is a member of the workspace. */
export async function answerFile(world: World, id: string, response: ServerResponse): Promise<void> {
  const shared = world.store.messages.flatMap(({ files = [] }) => files).find((one) => one.id === id);
  const content = shared && (await readFile(join(folderOf(world), id)).catch(() => undefined));
  if (shared === undefined || content === undefined) return send(response, 404, 'text/plain', 'not found');
  const ending = String(shared.name).split('.').at(-1) ?? '';
  // A sandbox of its own: a report must not act on the page of the stand-in.
  send(response, 200, TYPES[ending] ?? 'application/octet-stream', content, { 'content-security-policy': 'sandbox' });
}
