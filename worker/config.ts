/** What a worker process is told at its start; paths are relative to nothing, secrets are only files. */
import { z } from 'zod';

const common = { estate: z.string(), folder: z.string() };

export const ControlConfig = z.strictObject({
  ...common,
  signerKeyFile: z.string(),
  signer: z.string(),
  /** The region that it stands in, and so reads from; left out outside of all. */
  region: z.string().optional(),
});
export const AgentConfig = z.strictObject({ ...common, marks: z.string(), queues: z.array(z.string()).min(1) });
export const CanaryConfig = z.strictObject({
  ...common,
  name: z.string(),
  address: z.string(),
  port: z.number().int(),
});
