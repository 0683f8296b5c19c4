/**
 * `npm run errors:catalogue -- ENGINE [--from PATH]`: writes the tables of codes and the hashed patterns of messages under
 * src/recovery from what the engine ships. Facts only (numbers, symbols, states, our types); no server's text is written.
 *
 * mysql       a private server's performance_schema and its errmsg.sys files
 * mariadb     the headers of Debian's libmariadbd-dev and the installed server's errmsg.sys files
 * postgresql  Debian's source package, or --from an unpacked source
 * sqlite      sqlite3.h of the installed better-sqlite3
 * mongodb     --from src/mongo/base/error_codes.yml of a checkout
 */
import { underRightNode } from './bootstrap.mjs'

await underRightNode()
await import('./error-catalogue/build.mjs')
