package smsapi

// AddCallSQL saves a call.
const AddCallSQL = addCall
