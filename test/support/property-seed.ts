/**
 * One seed for every property of a run, so that a build says the same thing twice. `DBMEDIC_SEED=random npm test`
 * explores; a number repeats what was found.
 */
import fc from 'fast-check'

const wanted = process.env.DBMEDIC_SEED ?? '20261121'
if (wanted !== 'random') fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: Number(wanted) })
