// The version of the SDK. Generated from the contract by `npm run generate`.

export const version = '0.1.0';
