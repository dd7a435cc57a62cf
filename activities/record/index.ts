/** Writing a run's record: JSON in the reports folder, by temp file, fsync and rename; the same record twice is fine. */
import { mkdir, open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { ControlActivities } from '../../kernel/run/control.ts';

export interface RecordDeps {
  /** Absolute folder. */
  readonly folder: string;
}

export function createRecordActivities({ folder }: RecordDeps): Pick<ControlActivities, 'run.record'> {
  return {
    'run.record': async ({ record }) => {
      await mkdir(folder, { recursive: true });
      const location = join(folder, `${record.run.replaceAll('/', '.')}.json`);
      const temporary = `${location}.new`;
      const file = await open(temporary, 'w', 0o644);
      try {
        await file.writeFile(`${JSON.stringify(record, null, 2)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, location);
      return { location };
    },
  };
}
