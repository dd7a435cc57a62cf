/** The canary: writes through every coordinator from outside the regions, and answers what became of it. */
import { Worker } from '@temporalio/worker';
import { defineActivities } from '../activities/define-activities.ts';
import { failureInterceptor } from '../activities/failures.ts';
import { memoryMarks } from '../activities/fencing/marks.ts';
import { canaryQueue } from '../estate/questions.ts';
import { readConfig } from '../host/config.ts';
import { readEstate } from '../host/estate-file.ts';
import { createSecrets } from '../host/secrets.ts';
import { namespaceOf } from '../host/temporal.ts';
import { CONTRACTS } from '../runbooks/steps/index.ts';
import { currentAttempt } from './attempt.ts';
import { startCanary } from './canary/index.ts';
import { CanaryConfig } from './config.ts';
import { connectWorker, runUntilStopped } from './temporal.ts';

export async function runCanary(configFile: string): Promise<void> {
  const config = await readConfig(CanaryConfig, configFile);
  const { estate, digest, folder: base } = await readEstate(config.estate);
  const secrets = createSecrets({ folder: base });
  const { name, folder, address, port } = config;
  // Begins to write before Temporal answers: what it is for is to see the world when others do not.
  const canary = await startCanary({ estate, name, folder, address, port, secrets, clock: Date.now });
  const connection = await connectWorker(estate, { folder: base, secrets });
  const worker = await Worker.create({
    connection,
    namespace: namespaceOf(estate),
    taskQueue: canaryQueue(estate, name),
    interceptors: { activity: [failureInterceptor] },
    activities: defineActivities(CONTRACTS, canary.implementations, {
      clock: Date.now,
      authority: { estate, estateDigest: digest, signers: [] },
      marks: memoryMarks(),
      attempt: currentAttempt,
    }),
  });
  process.stdout.write(`canary ready on ${canaryQueue(estate, name)}\n`);
  try {
    await runUntilStopped([worker]);
  } finally {
    await canary.stop();
  }
}
