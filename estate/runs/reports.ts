/** Where the record of a run is written. */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { text } from '../file/shapes.ts';

const schema = z
  .strictObject({ location: text('filePath').describe('The folder that records are written to.') })
  .describe('Where the records of runs are written.');

export type Reports = z.output<typeof schema>;

export const reports = section({ schema });
