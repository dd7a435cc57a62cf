/**
 * An agent: the one process that may change the things whose queues it polls. Its fence marks stand beside it, locked
 * and durable (I3); its permits are verified against its own copy of the estate file (I2).
 */
import type { z } from 'zod';
import { createCassandraSteps } from '../../activities/cassandra/index.ts';
import { createServicesSteps } from '../../activities/services/index.ts';
import { createTrafficSteps } from '../../activities/traffic/index.ts';
import { AgentConfig } from '../config.ts';
import { role as define } from '../role.ts';

export const role = define<z.infer<typeof AgentConfig>, object>({
  name: 'agent',
  config: AgentConfig,
  systems: [createTrafficSteps, createServicesSteps, createCassandraSteps],
  changes: ({ marks }) => marks,
  queues: (_, { queues }) => queues,
  workflows: false,
  options: { maxConcurrentActivityTaskExecutions: 20 },
  open: async () => ({ dependencies: {} }),
});
