/** Writing a run's record: JSON in the reports folder, whole or not at all; the same record twice is fine. */
import { join } from 'node:path';
import { writeJson } from '../../host/whole-files.ts';
import type { ControlActivities } from '../../kernel/run/control.ts';
import { unpackRecord } from '../../kernel/run/record.ts';

export interface RecordDeps {
  /** Absolute folder. */
  readonly folder: string;
}

export function createRecordActivities({ folder }: RecordDeps): Pick<ControlActivities, 'run.record'> {
  return {
    'run.record': async ({ record }) => {
      const location = join(folder, `${record.run.replaceAll('/', '.')}.json`);
      await writeJson(location, unpackRecord(record));
      return { location };
    },
  };
}
