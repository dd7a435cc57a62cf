/**
 * Small checks from which the Block Kit validator is put together: each looks at one value and reports what Slack would.
 *
 * Wording follows what Slack's API was seen to answer ("must be less than 76 characters", "no more than 25 items
 * allowed", "missing required field: text"); where its own words are not known, they are in the same manner.
 */

import { isObject, type JsonObject } from '../json.ts';

/** One thing that is wrong, and where, as a JSON pointer. */
export interface Problem {
  readonly pointer: string;
  readonly message: string;
}

export type Report = (pointer: string, message: string) => void;
export type Check = (value: unknown, at: string, report: Report) => void;

/** Characters, at least `min` (1 unless told) and at most `max`. Slack counts at least the UTF-16 units that we count. */
export function string(max: number, min = 1): Check {
  return (value, at, report) => {
    if (typeof value !== 'string') return report(at, 'must be a string');
    if (value.length < min) report(at, `must be more than ${min - 1} characters`);
    if (value.length > max) report(at, `must be less than ${max + 1} characters`);
  };
}

export function boolean(value: unknown, at: string, report: Report): void {
  if (typeof value !== 'boolean') report(at, 'must be a boolean');
}

export function integer(min: number, max: number): Check {
  return (value, at, report) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) return report(at, 'must be an integer');
    if (value < min) report(at, `must be greater than or equal to ${min}`);
    if (value > max) report(at, `must be less than or equal to ${max}`);
  };
}

export function oneOf(...values: string[]): Check {
  return (value, at, report) => {
    if (typeof value !== 'string' || !values.includes(value)) report(at, `must be one of: ${values.join(', ')}`);
  };
}

export function matching(pattern: RegExp, what: string): Check {
  return (value, at, report) => {
    if (typeof value !== 'string' || !pattern.test(value)) report(at, `must be ${what}`);
  };
}

export function anything(): void {}

export function list(each: Check, max: number, min = 1): Check {
  return (value, at, report) => {
    if (!Array.isArray(value)) return report(at, 'must be an array');
    if (value.length < min) report(at, `no fewer than ${min} items allowed`);
    if (value.length > max) report(at, `no more than ${max} items allowed`);
    value.forEach((item: unknown, index) => {
      each(item, `${at}/${index}`, report);
    });
  };
}

export interface Shape {
  readonly required?: Readonly<Record<string, Check>>;
  readonly optional?: Readonly<Record<string, Check>>;
  /** Rules across fields, asked after the fields. */
  readonly also?: (value: JsonObject, at: string, report: Report) => void;
}

/** An object of exactly these fields; Slack refuses any other ("invalid additional property"). */
export function object(shape: Shape): Check {
  const required = shape.required ?? {};
  const optional = shape.optional ?? {};
  return (value, at, report) => {
    if (!isObject(value)) return report(at, 'must be an object');
    for (const name of Object.keys(required)) {
      if (value[name] === undefined) report(at, `missing required field: ${name}`);
    }
    for (const [name, field] of Object.entries(value)) {
      if (field === undefined) continue;
      const check = Object.hasOwn(required, name) ? required[name] : Object.hasOwn(optional, name) && optional[name];
      if (check) check(field, `${at}/${name}`, report);
      else report(at, `invalid additional property: ${name}`);
    }
    shape.also?.(value, at, report);
  };
}

/** An object whose `type` chooses its shape among `shapes`. */
export function typed(shapes: Readonly<Record<string, Check>>): Check {
  return (value, at, report) => {
    if (!isObject(value)) return report(at, 'must be an object');
    if (value.type === undefined) return report(at, 'missing required field: type');
    const type = String(value.type);
    const check = Object.hasOwn(shapes, type) ? shapes[type] : undefined;
    if (check === undefined) return report(`${at}/type`, `unsupported type: ${type}`);
    check(value, at, report);
  };
}

/** Reports every value of `field` that more than one of the items carries. */
export function unique(items: readonly JsonObject[], field: string, at: string, report: Report): void {
  const seen = new Set<unknown>();
  items.forEach((item, index) => {
    const value = item[field];
    if (value === undefined) return;
    if (seen.has(value)) report(`${at}/${index}/${field}`, `\`${field}\` must be unique: ${String(value)}`);
    seen.add(value);
  });
}
