/** The JSON Schema of `estate.yaml` for editors: it completes and explains keys; `parseEstate` remains the judge. */
import { z } from 'zod';
import { estateSchema } from '../schema.ts';

/** Draft 2020-12, of the file as written: durations are text, and what has a default may be left out. */
export function estateJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(estateSchema, { io: 'input', target: 'draft-2020-12' });
  return { $schema, title: 'Lifeboat estate', ...rest };
}

/** The text of `docs/estate.schema.json`. */
export function estateJsonSchemaText(): string {
  return `${JSON.stringify(estateJsonSchema(), null, 2)}\n`;
}
