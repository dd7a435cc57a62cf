/**
 * files.*: the two calls around an upload (docs.slack.dev, "Working with files"): the address to send the bytes to, and
 * the end, which shares the file in the channel or a thread of it. The bytes themselves go through `web/uploads.ts`.
 *
 * Must never happen: a file shared whose bytes never came, or one shared twice.
 */
import { randomBytes } from 'node:crypto';
import { type JsonObject, objectsOf, stringOf } from '../../json.ts';
import { TIER_4 } from '../../rate-limits.ts';
import type { Upload } from '../../types.ts';
import { BOT_USER, TEAM_DOMAIN } from '../../wire.ts';
import { newId, type World } from '../../world.ts';
import { type Method, SlackRefusal } from '../method.ts';
import { keepFile, MAX_FILE_BYTES } from '../uploads.ts';
import { channelOf, MAX_TEXT_CHARACTERS, post } from './chat.ts';

/** Unfinished ones beyond it are forgotten, the oldest first. */
const MAX_UPLOADS = 50;

function getUploadUrl(world: World, args: JsonObject): JsonObject {
  const length = Number(args.length);
  if (!Number.isInteger(length) || length < 1) throw new SlackRefusal('invalid_arguments');
  if (length > MAX_FILE_BYTES) throw new SlackRefusal('file_upload_size_restricted');
  const key = randomBytes(24).toString('base64url');
  const id = newId('F');
  world.uploads.set(key, { id, name: stringOf(args.filename), length });
  const oldest = world.uploads.keys().next().value;
  if (world.uploads.size > MAX_UPLOADS && oldest !== undefined) world.uploads.delete(oldest);
  return { upload_url: `${world.baseUrl}/upload/v1/${key}`, file_id: id };
}

async function completeUpload(world: World, args: JsonObject): Promise<JsonObject> {
  const wanted = objectsOf(args.files).map(({ id, title }) => ({ id: stringOf(id), title: stringOf(title) }));
  if (wanted.length === 0) throw new SlackRefusal('invalid_arguments');
  const uploads = [...world.uploads];
  const found = wanted.map(({ id, title }) => {
    const [key, upload] = uploads.find(([, one]) => one.id === id) ?? [];
    if (key === undefined || upload?.content === undefined) throw new SlackRefusal('file_not_found');
    return { key, upload, title };
  });
  const shared = args.channel_id !== undefined && args.channel_id !== '';
  if (shared) channelOf(world, args.channel_id);
  const text = stringOf(args.initial_comment);
  if (text.length > MAX_TEXT_CHARACTERS) throw new SlackRefusal('msg_too_long');
  for (const { upload } of found) await keepFile(world, upload.id, upload.content ?? Buffer.of());
  const files = found.map(({ upload, title }) => wireFile(world, upload, title));
  if (!shared) for (const file of files) world.privateFiles.set(stringOf(file.permalink), file);
  if (shared) {
    const content = { text, blocks: [] };
    await post(world, { user: BOT_USER, content, threadTs: stringOf(args.thread_ts), files });
  }
  for (const { key } of found) world.uploads.delete(key);
  return { files };
}

function wireFile(world: World, { id, name, length }: Upload, title: string): JsonObject {
  const url = `${world.baseUrl}/files/${world.config.team}/${id}/${encodeURIComponent(name)}`;
  return {
    id,
    name,
    title: title === '' ? name : title,
    size: length,
    user: BOT_USER,
    mode: 'hosted',
    url_private: url,
    permalink: `${url}?team=${TEAM_DOMAIN}`,
  };
}

const write = { token: 'bot', scopes: ['files:write'], limit: TIER_4 } as const;

export const FILES: Readonly<Record<string, Method>> = {
  'files.getUploadURLExternal': { ...write, required: ['filename', 'length'], run: getUploadUrl },
  'files.completeUploadExternal': { ...write, required: ['files'], run: completeUpload },
};
