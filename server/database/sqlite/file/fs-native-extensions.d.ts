// The types of the functions of fs-native-extensions that are used; the package has none.

declare module 'fs-native-extensions' {
  /**
   * Locks a range of an open file exclusively without waiting: on Linux with a lock of the open file description.
   * @returns whether the range was free
   */
  export function tryLock(fd: number, offset: number, length: number): boolean;
}
