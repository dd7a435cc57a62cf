/**
 * An agent: the one process that may change the things whose queues it polls. Its fence marks stand beside it, locked
 * and durable (I3); its permits are verified against its own copy of the estate file (I2).
 */
import { Worker } from '@temporalio/worker';
import { createCassandraSteps } from '../activities/cassandra/index.ts';
import { defineActivities } from '../activities/define-activities.ts';
import { failureInterceptor } from '../activities/failures.ts';
import { openMarks } from '../activities/fencing/marks.ts';
import { createMutex } from '../activities/fencing/mutex.ts';
import { createServicesSteps } from '../activities/services/index.ts';
import { createTrafficSteps } from '../activities/traffic/index.ts';
import { readConfig } from '../host/config.ts';
import { readEstate } from '../host/estate-file.ts';
import { createSecrets } from '../host/secrets.ts';
import { namespaceOf } from '../host/temporal.ts';
import { CONTRACTS } from '../runbooks/steps/index.ts';
import { currentAttempt } from './attempt.ts';
import { AgentConfig } from './config.ts';
import { connectWorker, runUntilStopped } from './temporal.ts';

export async function runAgent(configFile: string): Promise<void> {
  const config = await readConfig(AgentConfig, configFile);
  const { estate, digest, folder: base } = await readEstate(config.estate);
  const marks = await openMarks(config.marks);
  const secrets = createSecrets({ folder: base });
  const signers = Object.values(estate.signers).flatMap(({ keys }) => keys);
  const activities = defineActivities(
    CONTRACTS,
    {
      ...createTrafficSteps({ estate, folder: base }),
      ...createServicesSteps({ estate, secrets }),
      ...createCassandraSteps({ estate, secrets }),
    },
    {
      clock: Date.now,
      authority: { estate, estateDigest: digest, signers },
      marks,
      mutex: createMutex(),
      attempt: currentAttempt,
    },
  );
  const connection = await connectWorker(estate, { folder: base, secrets });
  const workers = await Promise.all(
    config.queues.map((taskQueue) =>
      Worker.create({
        connection,
        namespace: namespaceOf(estate),
        taskQueue,
        activities,
        shutdownGraceTime: '5s',
        maxConcurrentActivityTaskExecutions: 20,
        interceptors: { activity: [failureInterceptor] },
      }),
    ),
  );
  process.stdout.write(`agent ready on ${config.queues.join(', ')}\n`);
  try {
    await runUntilStopped(workers);
  } finally {
    await marks.close();
  }
}
