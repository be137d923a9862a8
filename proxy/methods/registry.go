package methods

import (
	"maps"
	"slices"
	"time"
)

// The categories that code refers to.
const (
	localOnly = "local_only"
	unknown   = "unknown"
)

// DefaultTimeout is for methods with no entry in the table of timeouts.
const DefaultTimeout = 10 * time.Second

// group is a set of methods that differ in their name only.
type group struct {
	category string
	safety   Safety
	names    []string
}

var groups = []group{ //nolint:gochecknoglobals // a table, never written
	{"core", ReplaySafe, []string{
		"eth_blockNumber", "eth_gasPrice", "eth_getBalance", "eth_getCode",
		"eth_getTransactionByHash", "eth_getTransactionReceipt", "eth_getTransactionBySenderAndNonce",
		"eth_getBlockByNumber", "eth_getBlockByHash", "eth_getHeaderByNumber", "eth_getHeaderByHash",
		"eth_getBlockReceipts",
		"eth_getBlockTransactionCountByHash", "eth_getBlockTransactionCountByNumber",
		"eth_getUncleCountByBlockHash", "eth_getUncleCountByBlockNumber",
		"eth_getUncleByBlockHashAndIndex", "eth_getUncleByBlockNumberAndIndex",
		"eth_getTransactionByBlockHashAndIndex", "eth_getTransactionByBlockNumberAndIndex",
		"eth_getRawTransactionByHash", "eth_getRawTransactionByBlockHashAndIndex",
		"eth_getRawTransactionByBlockNumberAndIndex",
	}},
	{"core", Local, []string{"eth_chainId"}},
	{"network", Local, []string{"net_version"}},
	{"state", ReplaySafe, []string{
		"eth_call", "eth_callMany", "eth_estimateGas", "eth_getStorageAt", "eth_getStorageValues",
		"eth_getTransactionCount", "eth_getAccount", "eth_getAccountInfo", "eth_createAccessList", "eth_getProof",
		"eth_simulateV1", "eth_fillTransaction",
	}},
	{"network", ReplaySafe, []string{
		"web3_clientVersion", "web3_sha3", "eth_syncing", "eth_config", "eth_capabilities", "rpc_modules",
	}},
	{"node_admin", ReplaySafe, []string{"net_listening", "net_peerCount", "eth_protocolVersion"}},
	{"eip1559", ReplaySafe, []string{"eth_maxPriorityFeePerGas", "eth_feeHistory", "eth_baseFee"}},
	{"eip4844", ReplaySafe, []string{"eth_blobBaseFee"}},
	{"mempool", Broadcast, []string{"eth_sendRawTransaction"}},
	{"mempool", UnknownWrite, []string{"eth_sendRawTransactionSync", "eth_sendRawTransactionConditional"}},
	{"filters", ReplaySafe, []string{"eth_getLogs"}},
	{"filters", FilterCreate, []string{"eth_newFilter", "eth_newBlockFilter", "eth_newPendingTransactionFilter"}},
	{"filters", FilterUse, []string{"eth_getFilterChanges", "eth_getFilterLogs", "eth_uninstallFilter"}},
	{"subscriptions", Subscription, []string{"eth_subscribe", "eth_unsubscribe"}},
	{"batch", ReplaySafe, nil}, // once held eth_getBlockReceipts; profiles may still name it
	{"debug", ReplaySafe, []string{
		"debug_traceTransaction", "debug_traceBlock", "debug_traceBlockByNumber", "debug_traceBlockByHash",
		"debug_traceCall", "debug_traceCallMany", "debug_traceChain", "debug_traceBadBlock",
		"debug_intermediateRoots", "debug_getBadBlocks", "debug_storageRangeAt", "debug_accountRange",
		"debug_getModifiedAccountsByNumber", "debug_getModifiedAccountsByHash",
		"debug_getRawBlock", "debug_getRawHeader", "debug_getRawReceipts", "debug_getRawTransaction",
		"debug_dumpBlock", "debug_executionWitness", "debug_getAccessibleState", "debug_printBlock",
	}},
	{"trace", ReplaySafe, []string{
		"trace_block", "trace_transaction", "trace_call", "trace_callMany", "trace_rawTransaction",
		"trace_replayBlockTransactions", "trace_replayTransaction", "trace_filter", "trace_get",
		"arbtrace_block", "arbtrace_transaction", "arbtrace_call", "arbtrace_callMany",
		"arbtrace_replayBlockTransactions", "arbtrace_replayTransaction", "arbtrace_filter", "arbtrace_get",
	}},
	{"txpool", ReplaySafe, []string{
		"txpool_status", "txpool_content", "txpool_contentFrom", "txpool_inspect", "eth_pendingTransactions",
	}},
	{"bundler", ReplaySafe, []string{
		"eth_supportedEntryPoints", "eth_estimateUserOperationGas", "eth_getUserOperationByHash",
		"eth_getUserOperationReceipt",
	}},
	{"bundler", UnknownWrite, []string{"eth_sendUserOperation"}},
	{"mev", ReplaySafe, []string{"eth_callBundle", "mev_simBundle"}},
	{"mev", UnknownWrite, []string{
		"eth_sendBundle", "eth_cancelBundle", "eth_sendPrivateTransaction", "eth_sendPrivateRawTransaction",
		"eth_cancelPrivateTransaction", "mev_sendBundle",
	}},
	{"erigon", ReplaySafe, []string{
		"erigon_forks", "erigon_blockNumber", "erigon_getHeaderByHash", "erigon_getHeaderByNumber",
		"erigon_getBlockByTimestamp", "erigon_getBlockReceiptsByBlockHash", "erigon_getBalanceChangesInBlock",
		"erigon_getLogs", "erigon_getLatestLogs", "erigon_getLogsByHash", "erigon_nodeInfo",
	}},
	{"ots", ReplaySafe, []string{
		"ots_getApiLevel", "ots_getInternalOperations", "ots_searchTransactionsBefore",
		"ots_searchTransactionsAfter", "ots_getBlockDetails", "ots_getBlockDetailsByHash",
		"ots_getBlockTransactions", "ots_hasCode", "ots_traceTransaction", "ots_getTransactionError",
		"ots_getTransactionBySenderAndNonce", "ots_getContractCreator",
	}},
	{"zks", ReplaySafe, []string{
		"zks_estimateFee", "zks_estimateGasL1ToL2", "zks_getAllAccountBalances", "zks_getBaseTokenL1Address",
		"zks_getBlockDetails", "zks_getBridgeContracts", "zks_getBridgehubContract", "zks_getBytecodeByHash",
		"zks_getConfirmedTokens", "zks_getFeeParams", "zks_getL1BatchBlockRange", "zks_getL1BatchDetails",
		"zks_getL1GasPrice", "zks_getL2ToL1LogProof", "zks_getL2ToL1MsgProof", "zks_getMainContract",
		"zks_getProof", "zks_getProtocolVersion", "zks_getRawBlockTransactions", "zks_getTestnetPaymaster",
		"zks_getTransactionDetails", "zks_L1BatchNumber", "zks_L1ChainId",
	}},
	{"zks", UnknownWrite, []string{"zks_sendRawTransactionWithDetailedOutput"}},
	{"arb", ReplaySafe, []string{
		"arb_getRawBlockMetadata", "arb_getL1Confirmations", "arb_findBatchContainingBlock",
		"arb_checkPublisherHealth", "arb_latestValidated", "arb_getMinRequiredNitroVersion",
		"arbdebug_pricingModel", "arbdebug_timeoutQueue", "arbdebug_timeoutQueueHistory",
	}},
	{"bor", ReplaySafe, []string{
		"bor_getAuthor", "bor_getCurrentProposer", "bor_getCurrentValidators", "bor_getRootHash",
		"bor_getSigners", "bor_getSignersAtHash", "bor_getSnapshot", "bor_getSnapshotAtHash",
		"bor_getSnapshotProposer", "bor_getSnapshotProposerSequence", "bor_getVoteOnHash",
		"eth_getRootHash", "eth_getBorBlockReceipt", "eth_getTransactionReceiptsByBlock",
	}},
	{"optimism", ReplaySafe, []string{
		"optimism_outputAtBlock", "optimism_rollupConfig", "optimism_safeHeadAtL1Block",
		"optimism_syncStatus", "optimism_version",
	}},
	{"rollup", ReplaySafe, []string{"rollup_gasPrices", "rollup_getInfo"}},
	{"linea", ReplaySafe, []string{
		"linea_estimateGas", "linea_getProof", "linea_getTransactionExclusionStatusV1",
	}},
	{localOnly, Keystore, []string{
		"eth_accounts", "eth_sign", "eth_signTransaction", "eth_sendTransaction", "eth_resend",
		"eth_signTypedData", "eth_signTypedData_v3", "eth_signTypedData_v4",
		"eth_coinbase", "eth_mining", "eth_hashrate", "eth_getWork", "eth_submitWork", "eth_submitHashrate",
		"personal_sign", "personal_sendTransaction", "personal_signTransaction", "personal_ecRecover",
		"personal_importRawKey", "personal_listAccounts", "personal_lockAccount", "personal_newAccount",
		"personal_unlockAccount",
	}},
}

var timeouts = map[string]time.Duration{ //nolint:gochecknoglobals // a table, never written
	"eth_blockNumber":    time.Second,
	"eth_chainId":        time.Second,
	"net_version":        time.Second,
	"web3_clientVersion": time.Second,

	"eth_gasPrice":             2 * time.Second,
	"eth_getBalance":           2 * time.Second,
	"eth_getTransactionCount":  2 * time.Second,
	"eth_getCode":              2 * time.Second,
	"eth_getTransactionByHash": 2 * time.Second,
	"eth_getBlockByNumber":     2 * time.Second,
	"eth_getBlockByHash":       2 * time.Second,
	"eth_newFilter":            2 * time.Second,

	"eth_getTransactionReceipt": 3 * time.Second,

	"eth_call":          5 * time.Second,
	"eth_estimateGas":   5 * time.Second,
	"eth_getLogs":       5 * time.Second,
	"eth_getFilterLogs": 5 * time.Second,

	"debug_traceTransaction": 30 * time.Second,

	"debug_traceBlock":         45 * time.Second,
	"debug_traceBlockByNumber": 45 * time.Second,
	"debug_traceBlockByHash":   45 * time.Second,
}

var registry = register() //nolint:gochecknoglobals // a table, never written

func register() map[string]*Method {
	all := map[string]*Method{}
	for _, g := range groups {
		for _, name := range g.names {
			m := &Method{Name: name, Category: g.category, Safety: g.safety, Timeout: DefaultTimeout}
			if t, ok := timeouts[name]; ok {
				m.Timeout = t
			}
			m.blocks = blockParams[name]
			all[name] = m
		}
	}
	return all
}

// All lists the registered methods, ordered by name. The caller owns the slice.
func All() []*Method {
	all := make([]*Method, 0, len(registry))
	for _, name := range slices.Sorted(maps.Keys(registry)) {
		all = append(all, registry[name])
	}
	return all
}
