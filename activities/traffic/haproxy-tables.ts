/**
 * The two tables that HAProxy prints, parsed. Pure; `show stat` is CSV (RFC 4180 quoting), `show servers state` is one
 * line per server with a header, format version 1 (HAProxy 2.6 management guide, 9.1 and 9.3).
 */
import { passing } from '../../kernel/errors.ts';

/** A server of a backend, as `show stat` counts it. */
export interface ServerCounters {
  readonly backend: string;
  readonly server: string;
  readonly status: string;
  /** Whether it is a `backup` server. */
  readonly backup: boolean;
  /** Its effective weight: 0 while it is drained, whatever it was given. */
  readonly weight: number;
  /** Requests that were given to it since HAProxy started, those among them that hang. */
  readonly requests: number;
  /** Answers that it gave, of any status. */
  readonly answers: number;
  readonly responses5xx: number;
  readonly connectionErrors: number;
  readonly responseErrors: number;
  /** Mean time of its last 1,024 requests in the queue, for the connection, and until the answer began. */
  readonly responseTimeMs: number;
}

/** A server of a backend, as it is set and as `show servers state` keeps it over a reload. */
export interface ServerState {
  readonly backend: string;
  readonly server: string;
  /** Bit field: 0x01, 0x02, 0x04, 0x20 and 0x40 are kinds of maintenance, 0x08 and 0x10 of drain (`server-t.h`). */
  readonly admin: number;
  readonly weight: number;
}

const OUT_OF_SERVICE = 0x01 | 0x02 | 0x04 | 0x08 | 0x10 | 0x20 | 0x40;

/** Whether it was taken out by hand, drained or in maintenance; its checks have no part in this. */
export function isDrained(state: ServerState): boolean {
  return (state.admin & OUT_OF_SERVICE) !== 0;
}

/** Whether its own checks hold it for down; `no check` and `MAINT` are not down. */
export function isDown({ status }: ServerCounters): boolean {
  return status.startsWith('DOWN');
}

/** Whether it was taken out by hand, as the statistics tell it; one that is down besides keeps weight 0. */
export function isOut({ status, weight }: Pick<ServerCounters, 'status' | 'weight'>): boolean {
  return weight === 0 || /^(DRAIN|MAINT)\b/.test(status);
}

/** Columns of `show stat` that count answers by their status (management guide, 9.1, "Statistics and monitoring"). */
const ANSWERS = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'hrsp_other'];

/** @throws LifeboatError `haproxy-unclear` when the answer is not such a table */
export function parseStat(text: string): ServerCounters[] {
  const [header, ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  if (!header?.startsWith('# pxname,')) throw unclear('show stat', text);
  const columns = csvFields(header.slice(2));
  return lines.map((line) => {
    const fields = csvFields(line);
    const field = (name: string): string => fields[columns.indexOf(name)] ?? '';
    const count = (name: string): number => Number(field(name) || 0);
    return {
      backend: field('pxname'),
      server: field('svname'),
      status: field('status'),
      backup: field('bck') === '1',
      weight: count('weight'),
      requests: count('stot'),
      answers: ANSWERS.reduce((sum, column) => sum + count(column), 0),
      responses5xx: count('hrsp_5xx'),
      connectionErrors: count('econ'),
      responseErrors: count('eresp'),
      responseTimeMs: count('qtime') + count('ctime') + count('rtime'),
    };
  });
}

/** @throws LifeboatError `haproxy-unclear` when the answer is not such a table */
export function parseServersState(text: string): ServerState[] {
  const [version, header, ...lines] = text.split('\n').filter((line) => line.trim() !== '');
  if (version?.trim() !== '1' || !header?.startsWith('# be_id ')) throw unclear('show servers state', text);
  const columns = header.slice(2).trim().split(' ');
  return lines.map((line) => {
    const fields = line.trim().split(' ');
    const field = (name: string): string => fields[columns.indexOf(name)] ?? '';
    return {
      backend: field('be_name'),
      server: field('srv_name'),
      // Printed as a plain decimal number.
      admin: Number(field('srv_admin_state')),
      weight: Number(field('srv_uweight')),
    };
  });
}

/** The fields of one line; a quoted field may hold commas, and `""` in it is a quote. */
export function csvFields(line: string): string[] {
  const fields: string[] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^,]*))(?:,|$)/y;
  while (pattern.lastIndex < line.length) {
    const found = pattern.exec(line);
    if (!found) break;
    fields.push(found[1] === undefined ? (found[2] ?? '') : found[1].replaceAll('""', '"'));
  }
  return fields;
}

function unclear(command: string, text: string) {
  const said = (text.trim().split('\n')[0] ?? '').replaceAll(/[^ -~]/g, ' ').slice(0, 200);
  return passing(
    'haproxy-unclear',
    `HAProxy answered with something else than a table: ${said || 'nothing'}`,
    command,
    'See that the backend has the name that the estate file says.',
  );
}
