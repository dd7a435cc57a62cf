/** Where the bot posts. Tokens never stand here: the bot reads them from its own environment (I8). */
import { z } from 'zod';
import { section } from '../file/section.ts';
import { text } from '../file/shapes.ts';

const schema = z
  .strictObject({ channel: text('slackChannel').describe('The id of the channel that runs are posted in.') })
  .describe('Where runs are shown in Slack.');

export type Slack = z.output<typeof schema>;

export const slack = section({ schema });
