/** What is used of the package, which brings no types of its own (1.5.1, `index.js`). */
declare module 'fs-native-extensions' {
  /** Takes a lock on the open file without waiting: on Linux `fcntl(F_OFD_SETLK)` on all of it. False when it is held. */
  export function tryLock(fd: number): boolean;
}
