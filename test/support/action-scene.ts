/** What a scene is: something set up on a real server in which one action may run. */
import type { ActionPolicy } from '../../src/core/action.ts'
import type { Json } from '../../src/core/canonical.ts'
import type { Ask } from '../../src/core/observer.ts'
import type { MysqlQuestions } from '../../src/engines/mysql/shapes.ts'
import type { ServerFlavour } from '../../src/lab/servers/index.ts'
import { type ActionWorld, SCHEMA } from './action-world.ts'

/** A scene as it stands. */
export interface Standing {
  readonly given: { readonly [name: string]: Json }
  readonly policy?: Partial<ActionPolicy>
  /** What the action changes, as root sees it. */
  readonly state: () => Promise<unknown>
  /** Names the statements may quote. */
  readonly names: readonly string[]
  /** Changes answers where the real thing cannot be had in a test; what and why is said where it is used. */
  readonly wrap?: (ask: Ask<MysqlQuestions>) => Ask<MysqlQuestions>
  /** Options of the target. */
  readonly options?: { readonly [name: string]: string }
  readonly tidy?: () => Promise<unknown>
}

/** One scene. */
export interface Scene {
  readonly action: string
  /** Flavours it cannot be played on, with the reason. */
  readonly not?: Partial<Record<ServerFlavour, string>>
  /** Leading words of the statement. */
  readonly words: string
  readonly play: (world: ActionWorld) => Promise<Standing>
}

let tables = 0

/** A table of 2,000 rows with one hidden-able index; dropped with the server. */
export async function newTable(world: ActionWorld): Promise<string> {
  tables += 1
  const name = `orders_${tables}`
  await world.root.query(
    `CREATE TABLE ${SCHEMA}.${name} (id INT PRIMARY KEY, customer INT NOT NULL, note VARCHAR(80), placed DATE, KEY by_customer (customer)) ENGINE=InnoDB`,
  )
  const digits =
    '(SELECT 0 d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9)'
  await world.root.query(
    `INSERT INTO ${SCHEMA}.${name} SELECT a.d+10*b.d+100*c.d+1000*e.d, (a.d*7+c.d) % 50, CONCAT('n', b.d), '2026-01-01' + INTERVAL c.d DAY FROM ${digits} a, ${digits} b, ${digits} c, (SELECT 0 d UNION SELECT 1) e`,
  )
  return name
}
