/** Writing a run's record: JSON in the reports folder, whole or not at all; the same record twice is fine. */
import { join } from 'node:path';
import { writeJson } from '../../host/whole-files.ts';
import type { ControlActivities } from '../../kernel/run/control.ts';
import { recordOf } from '../../kernel/run/record.ts';

export interface RecordDeps {
  /** Absolute folder. */
  readonly folder: string;
}

export function createRecordActivities({ folder }: RecordDeps): Pick<ControlActivities, 'run.record'> {
  return {
    'run.record': async ({ state }) => {
      const location = join(folder, `${state.request.run.replaceAll('/', '.')}.json`);
      await writeJson(location, recordOf(state));
      return { location };
    },
  };
}
