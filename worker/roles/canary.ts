/** The canary: writes through every coordinator from outside the regions, and answers what became of it. */
import type { z } from 'zod';
import { type CanariesDependencies, createCanariesSteps } from '../../activities/canaries/index.ts';
import { canaryQueue } from '../../estate/canaries/queues.ts';
import { startCanary } from '../canary/index.ts';
import { CanaryConfig } from '../config.ts';
import { role as define } from '../role.ts';

export const role = define<z.infer<typeof CanaryConfig>, CanariesDependencies>({
  name: 'canary',
  config: CanaryConfig,
  systems: [createCanariesSteps],
  changes: null,
  queues: (estate, { name }) => [canaryQueue(estate, name)],
  workflows: false,
  // Begins to write before Temporal answers: what it is for is to see the world when others do not.
  async open({ estate, secrets, config: { name, folder, address, port } }) {
    const canary = await startCanary({ estate, name, folder, address, port, secrets, clock: Date.now });
    return { dependencies: { canaries: { [name]: canary.port } }, close: () => canary.stop() };
  },
});
