/** `npm run example`: plays the story and prints it. */
import { playShop } from './play.ts'

const { repeated } = await playShop((line) => void process.stdout.write(`${line}\n`), { verdict: true })
process.stdout.write(`transactions the guard ran again by itself: ${repeated}\n`)
