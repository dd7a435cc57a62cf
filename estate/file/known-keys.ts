/** Walks the schema along a path of the file, to say which keys are known there and what a missing one is for. */
import { z } from 'zod';
import { type Path, valueAt } from './section.ts';

/** The schema of what stands at a path, without defaults around it; undefined where nothing is expected. */
export function schemaAt(schema: z.ZodType, root: unknown, path: Path): z.ZodType | undefined {
  let here: z.ZodType | undefined = bare(schema, root);
  for (const [index, key] of path.entries()) {
    here = here === undefined ? undefined : child(here, key);
    here = here === undefined ? undefined : bare(here, valueAt(root, path.slice(0, index + 1)));
  }
  return here;
}

/** The keys that a mapping of this schema may have; of a mapping by free names none. */
export function keysOf(schema: z.ZodType | undefined): readonly string[] {
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

/** What the field at a path is for; the first sentence of its description. */
export function purposeAt(schema: z.ZodType, root: unknown, path: Path): string | undefined {
  const parent = schemaAt(schema, root, path.slice(0, -1));
  const key = path.at(-1);
  const field = parent === undefined || key === undefined ? undefined : child(parent, key);
  return field?.description?.replace(/\.( .*)?$/s, '');
}

function child(schema: z.ZodType, key: string | number): z.ZodType | undefined {
  if (schema instanceof z.ZodArray) return asType(schema.element);
  if (schema instanceof z.ZodRecord) return asType(schema.valueType);
  if (schema instanceof z.ZodObject && Object.hasOwn(schema.shape, key)) return asType(schema.shape[key]);
  return undefined;
}

/** Takes off defaults and options, and picks the variant that the value names; without one the first. */
function bare(schema: z.ZodType, value: unknown): z.ZodType {
  if (
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodExactOptional
  ) {
    const inner = asType(schema.def.innerType);
    return inner === undefined ? schema : bare(inner, value);
  }
  if (schema instanceof z.ZodPipe) {
    const inner = asType(schema.def.in);
    return inner === undefined ? schema : bare(inner, value);
  }
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = schema.def;
    const options = schema.options.filter((option) => option instanceof z.ZodObject);
    const named = options.find((option) => {
      const tag: unknown = option.shape[discriminator];
      return tag instanceof z.ZodLiteral && tag.values.has(valueAt(value, [discriminator]) as never);
    });
    return named ?? options[0] ?? schema;
  }
  return schema;
}

function asType(schema: unknown): z.ZodType | undefined {
  return schema instanceof z.ZodType ? schema : undefined;
}
