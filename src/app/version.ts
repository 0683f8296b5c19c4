/** The version of this program, from its package file. */
import manifest from '../../package.json' with { type: 'json' }

/** As in package.json. */
export const VERSION: string = manifest.version
