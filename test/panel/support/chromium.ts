/** Where the browser is that the panel is tested in. */
export const CHROMIUM: string = process.env.DBMEDIC_CHROMIUM ?? '/usr/bin/chromium'
