/** The canary writer (`worker/`), outside both regions: it keeps the acknowledged sequences off the regions. */
import { estatePath } from '../../estate.ts';
import type { Instance } from '../../instance.ts';
import { urlOf } from '../../places.ts';
import { answers, createNodeServer } from '../node-program.ts';
import type { LabServer } from '../system.ts';

export function createCanaryServer(instance: Instance): LabServer {
  return createNodeServer(instance, {
    target: 'canary',
    kind: 'canary',
    place: 'outside',
    needs: ['cassandra', 'temporal'],
    entry: 'worker/main.ts',
    args: ['canary'],
    stopGraceMs: 5000,
    config: (folder) => ({ estate: estatePath(instance), folder, name: 'main', ...instance.plan.canary }),
    ready: () => answers(urlOf(instance.plan.canary)),
  });
}
