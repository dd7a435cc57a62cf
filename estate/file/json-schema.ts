/** The JSON Schema of `estate.yaml` for editors: it completes and explains keys; `parseEstate` remains the judge. */
import { z } from 'zod';
import { estateSchema } from '../schema.ts';

/** Draft 2020-12, of the file as written: durations are text, and what has a default may be left out. */
export function estateJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(estateSchema, {
    io: 'input',
    target: 'draft-2020-12',
    override: ({ zodSchema, jsonSchema }) => {
      const written = defaultAsWritten(zodSchema);
      if (written !== undefined) jsonSchema.default = written;
    },
  });
  return { $schema, title: 'Lifeboat estate', ...rest };
}

/**
 * The default of a schema that has one. Zod leaves out those of everything that holds a duration, because a default
 * stands behind the parsing: `{}` is written just so, and a duration's belongs into `prefault`.
 */
function defaultAsWritten({ _zod: { def } }: z.core.$ZodTypes): unknown {
  if (def.type !== 'default') return undefined;
  if (z.safeParse(def.innerType, def.defaultValue).success) return def.defaultValue;
  const value = JSON.stringify(def.defaultValue);
  throw new TypeError(`No estate file could say the default ${value}: give it as written, by \`.prefault('1m')\`.`);
}

/** The text of `docs/estate.schema.json`. */
export function estateJsonSchemaText(): string {
  return `${JSON.stringify(estateJsonSchema(), null, 2)}\n`;
}
