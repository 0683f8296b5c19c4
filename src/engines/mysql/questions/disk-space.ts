/** The question `disk-space`: the disk that holds the data directory, as the server itself tells it. */
import { number, type Row, textOrEmpty } from '../cells.ts'
import type { DiskSpace } from '../shapes.ts'
import { errorNumber } from './failure.ts'
import { exactly } from './params.ts'
import type { Found, Question, Reader } from './question.ts'
import { serverFacts } from './server-facts.ts'
import { globalVariables } from './variables.ts'

const SOURCE = 'information_schema.DISKS'
const KIB = 1024
const DISKS_MOST = 200
/** Unknown table of information_schema: the plugin is not there. */
const NO_SUCH_TABLE = [1109, 1146]

const TOLD_BY_NONE = {
  because: 'MySQL does not tell how much of its disk is free',
  toProceed: 'Watch that disk with what watches the machine; of MariaDB the plugin DISKS tells it.',
} as const

/** The question. One look at the mounts of the server’s machine, at most 200. */
export const diskSpace: Question<'disk-space'> = {
  params: exactly({}),
  answer: async ({ reader }) => {
    const { flavour } = await serverFacts(reader)
    return flavour === 'mysql' ? TOLD_BY_NONE : ofDisks(reader)
  },
}

/** https://mariadb.com/kb/en/disks-plugin/: sizes in blocks of 1 KiB; without FILE the table is empty. */
async function ofDisks(reader: Reader): Promise<Found<DiskSpace>> {
  const folder = (await globalVariables(reader, ['datadir']))['datadir'] ?? ''
  const rows = await disks(reader)
  if (rows === null)
    return {
      because: 'the plugin DISKS is not installed on the server',
      toProceed: "As an administrator of the server: INSTALL SONAME 'disks'.",
    }
  if (rows.length === 0)
    return {
      because: 'the server shows the monitor’s account no disks: that needs the privilege FILE',
      toProceed:
        'FILE also reads and writes files of the server where secure_file_priv lets it: grant it only where that is NULL or a folder apart.',
    }
  const holding = rows
    .filter((row) => isWithin(folder, textOrEmpty(row['path'])))
    .toSorted((a, b) => textOrEmpty(b['path']).length - textOrEmpty(a['path']).length)[0]
  const [total, available] = [number(holding?.['total']), number(holding?.['available'])]
  if (total === null || available === null || total <= 0)
    return {
      because: 'none of the disks the server shows holds its data directory',
      toProceed: 'Look at information_schema.DISKS and at the server’s datadir.',
    }
  return { value: { totalBytes: total * KIB, availableBytes: available * KIB }, source: SOURCE }
}

async function disks(reader: Reader): Promise<readonly Row[] | null> {
  try {
    return await reader.query(
      `SELECT Path AS path, Total AS total, Available AS available FROM information_schema.DISKS LIMIT ${DISKS_MOST}`,
    )
  } catch (error) {
    if (NO_SUCH_TABLE.includes(errorNumber(error) ?? 0)) return null
    throw error
  }
}

/** `/var/lib` holds `/var/lib/mysql/`, and `/var/li` does not. */
function isWithin(folder: string, mount: string): boolean {
  const root = mount.endsWith('/') ? mount : `${mount}/`
  return mount !== '' && `${folder}/`.startsWith(root)
}
