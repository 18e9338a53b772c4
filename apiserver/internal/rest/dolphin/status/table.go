// Code generated from the DolphinScheduler 1.3.9 status list. DO NOT EDIT.

package status

// The constants of 1.3.9. Several share a number.
const (
	Success Constant = iota
	InternalServerErrorArgs
	RequestParamsNotValidError
	TaskTimeoutParamsError
	UserNameExist
	UserNameNull
	HDFSOperationError
	TaskInstanceNotFound
	TenantNameExist
	UserNotExist
	AlertGroupNotExist
	AlertGroupExist
	UserNamePasswdError
	LoginSessionFailed
	DatasourceExist
	DatasourceConnectFailed
	TenantNotExist
	ProjectNotFount
	ProjectAlreadyExists
	TaskInstanceNotExists
	TaskInstanceNotSubWorkflowInstance
	ScheduleCronNotExists
	ScheduleCronOnlineForbidUpdate
	ScheduleCronCheckFailed
	MasterNotExists
	ScheduleStatusUnknown
	CreateAlertGroupError
	QueryAllAlertgroupError
	ListPagingAlertGroupError
	UpdateAlertGroupError
	DeleteAlertGroupError
	AlertGroupGrantUserError
	CreateDatasourceError
	UpdateDatasourceError
	QueryDatasourceError
	ConnectDatasourceFailure
	ConnectionTestFailure
	DeleteDataSourceFailure
	VerifyDatasourceNameFailure
	UnauthorizedDatasource
	AuthorizedDataSource
	LoginSuccess
	UserLoginFailure
	ListWorkersError
	ListMastersError
	UpdateProjectError
	QueryProjectDetailsByIDError
	CreateProjectError
	LoginUserQueryProjectListPagingError
	DeleteProjectError
	QueryUnauthorizedProjectError
	QueryAuthorizedProject
	QueryQueueListError
	CreateResourceError
	UpdateResourceError
	QueryResourcesListError
	QueryResourcesListPaging
	DeleteResourceError
	VerifyResourceByNameAndTypeError
	ViewResourceFileOnLineError
	CreateResourceFileOnLineError
	ResourceFileIsEmpty
	EditResourceFileOnLineError
	DownloadResourceFileError
	CreateUDFFunctionError
	ViewUDFFunctionError
	UpdateUDFFunctionError
	QueryUDFFunctionListPagingError
	QueryDatasourceByTypeError
	VerifyUDFFunctionNameError
	DeleteUDFFunctionError
	AuthorizedFileResourceError
	AuthorizeResourceTree
	UnauthorizedUDFFunctionError
	AuthorizedUDFFunctionError
	CreateScheduleError
	UpdateScheduleError
	PublishScheduleOnlineError
	OfflineScheduleError
	QueryScheduleListPagingError
	QueryScheduleListError
	QueryTaskListPagingError
	QueryTaskRecordListPagingError
	CreateTenantError
	QueryTenantListPagingError
	QueryTenantListError
	UpdateTenantError
	DeleteTenantByIDError
	VerifyTenantCodeError
	CreateUserError
	QueryUserListPagingError
	UpdateUserError
	DeleteUserByIDError
	GrantProjectError
	GrantResourceError
	GrantUDFFunctionError
	GrantDatasourceError
	GetUserInfoError
	UserListError
	VerifyUsernameError
	UnauthorizedUserError
	AuthorizedUserError
	QueryTaskInstanceLogError
	DownloadTaskInstanceLogFileError
	CreateProcessDefinition
	VerifyProcessDefinitionNameUniqueError
	UpdateProcessDefinitionError
	ReleaseProcessDefinitionError
	QueryDatailOfProcessDefinitionError
	QueryProcessDefinitionList
	EncapsulationTreeviewStructureError
	GetTasksListByProcessDefinitionIDError
	QueryProcessInstanceListPagingError
	QueryTaskListByProcessInstanceIDError
	UpdateProcessInstanceError
	QueryProcessInstanceByIDError
	BatchDeleteProcessInstanceByIdsError
	DeleteProcessInstanceByIDError
	QuerySubProcessInstanceDetailInfoByTaskIDError
	QueryParentProcessInstanceDetailInfoBySubProcessInstanceIDError
	QueryProcessInstanceAllVariablesError
	EncapsulationProcessInstanceGanttStructureError
	QueryProcessDefinitionListPagingError
	SignOutError
	TenantCodeHasAlreadyExists
	IPIsEmpty
	ScheduleCronRealeaseNeedNotChange
	CreateQueueError
	QueueNotExist
	QueueValueExist
	QueueNameExist
	UpdateQueueError
	NeedNotUpdateQueue
	VerifyQueueError
	NameNull
	NameExist
	SaveError
	DeleteProjectErrorDefinesNotNull
	PreviewScheduleError
	ParseToCronExpressionError
	ScheduleStartTimeEndTimeSame
	DeleteTenantByIDFail
	DeleteTenantByIDFailDefines
	DeleteTenantByIDFailUsers
	DeleteWorkerGroupByIDFail
	QueryWorkerGroupFail
	DeleteWorkerGroupFail
	CopyProcessDefinitionError
	DatasourceDbTypeIllegal
	DatasourcePortIllegal
	DatasourceOtherParamsIllegal
	DatasourceNameIllegal
	DatasourceHostIllegal
	DeleteWorkerGroupNotExist
	CreateWorkerGroupForbiddenInDocker
	DeleteWorkerGroupForbiddenInDocker
	WorkerAddressInvalid
	QueryWorkerAddressListFail
	UDFFunctionNotExist
	UDFFunctionExists
	ResourceNotExist
	ResourceExist
	ResourceSuffixNotSupportView
	ResourceSizeExceedLimit
	ResourceSuffixForbidChange
	UDFResourceSuffixNotJar
	HDFSCopyFail
	ResourceFileExist
	ResourceFileNotExist
	UDFResourceIsBound
	ResourceIsUsed
	ParentResourceNotExist
	ResourceNotExistOrNoPermission
	ResourceIsAuthorized
	UserNoOperationPerm
	UserNoOperationProjectPerm
	ProcessInstanceNotExist
	ProcessInstanceExist
	ProcessDefineNotExist
	ProcessDefineNotRelease
	ProcessInstanceAlreadyChanged
	ProcessInstanceStateOperationError
	SubProcessInstanceNotExist
	ProcessDefineNotAllowedEdit
	ProcessInstanceExecutingCommand
	ProcessInstanceNotSubProcessInstance
	TaskInstanceStateCountError
	CountProcessInstanceStateError
	CountProcessDefinitionUserError
	StartProcessInstanceError
	ExecuteProcessInstanceError
	CheckProcessDefinitionError
	DataIsNotValid
	QueryRecipientsAndCopyersByProcessDefinitionError
	DataIsNull
	ProcessNodeHasCycle
	ProcessNodeSParameterInvalid
	ProcessDefineStateOnline
	DeleteProcessDefineByIDError
	ScheduleCronStateOnline
	DeleteScheduleCronByIDError
	BatchDeleteProcessDefineError
	BatchDeleteProcessDefineByIdsError
	TenantNotSuitable
	BatchExportProcessDefineByIdsError
	ExportProcessDefineByIDError
	ImportProcessDefineError
	HDFSNotStartup
	QueryDatabaseStateError
	QueryZookeeperStateError
	CreateAccessTokenError
	GenerateTokenError
	QueryAccesstokenListPagingError
	UpdateAccessTokenError
	DeleteAccessTokenError
	AccessTokenNotExist
	CommandStateCountError
	QueueCountError
	KerberosStartupState
)

// table is indexed by Constant.
var table = [...]row{
	Success:                                        {"SUCCESS", 0, "success", "成功"},
	InternalServerErrorArgs:                        {"INTERNAL_SERVER_ERROR_ARGS", 10000, "Internal Server Error: {0}", "服务端异常: {0}"},
	RequestParamsNotValidError:                     {"REQUEST_PARAMS_NOT_VALID_ERROR", 10001, "request parameter {0} is not valid", "请求参数[{0}]无效"},
	TaskTimeoutParamsError:                         {"TASK_TIMEOUT_PARAMS_ERROR", 10002, "task timeout parameter is not valid", "任务超时参数无效"},
	UserNameExist:                                  {"USER_NAME_EXIST", 10003, "user name already exists", "用户名已存在"},
	UserNameNull:                                   {"USER_NAME_NULL", 10004, "user name is null", "用户名不能为空"},
	HDFSOperationError:                             {"HDFS_OPERATION_ERROR", 10006, "hdfs operation error", "hdfs操作错误"},
	TaskInstanceNotFound:                           {"TASK_INSTANCE_NOT_FOUND", 10008, "task instance not found", "任务实例不存在"},
	TenantNameExist:                                {"TENANT_NAME_EXIST", 10009, "tenant code {0} already exists", "租户编码[{0}]已存在"},
	UserNotExist:                                   {"USER_NOT_EXIST", 10010, "user {0} not exists", "用户[{0}]不存在"},
	AlertGroupNotExist:                             {"ALERT_GROUP_NOT_EXIST", 10011, "alarm group not found", "告警组不存在"},
	AlertGroupExist:                                {"ALERT_GROUP_EXIST", 10012, "alarm group already exists", "告警组名称已存在"},
	UserNamePasswdError:                            {"USER_NAME_PASSWD_ERROR", 10013, "user name or password error", "用户名或密码错误"},
	LoginSessionFailed:                             {"LOGIN_SESSION_FAILED", 10014, "create session failed!", "创建session失败"},
	DatasourceExist:                                {"DATASOURCE_EXIST", 10015, "data source name already exists", "数据源名称已存在"},
	DatasourceConnectFailed:                        {"DATASOURCE_CONNECT_FAILED", 10016, "data source connection failed", "建立数据源连接失败"},
	TenantNotExist:                                 {"TENANT_NOT_EXIST", 10017, "tenant not exists", "租户不存在"},
	ProjectNotFount:                                {"PROJECT_NOT_FOUNT", 10018, "project {0} not found ", "项目[{0}]不存在"},
	ProjectAlreadyExists:                           {"PROJECT_ALREADY_EXISTS", 10019, "project {0} already exists", "项目名称[{0}]已存在"},
	TaskInstanceNotExists:                          {"TASK_INSTANCE_NOT_EXISTS", 10020, "task instance {0} does not exist", "任务实例[{0}]不存在"},
	TaskInstanceNotSubWorkflowInstance:             {"TASK_INSTANCE_NOT_SUB_WORKFLOW_INSTANCE", 10021, "task instance {0} is not sub process instance", "任务实例[{0}]不是子流程实例"},
	ScheduleCronNotExists:                          {"SCHEDULE_CRON_NOT_EXISTS", 10022, "scheduler crontab {0} does not exist", "调度配置定时表达式[{0}]不存在"},
	ScheduleCronOnlineForbidUpdate:                 {"SCHEDULE_CRON_ONLINE_FORBID_UPDATE", 10023, "online status does not allow update operations", "调度配置上线状态不允许修改"},
	ScheduleCronCheckFailed:                        {"SCHEDULE_CRON_CHECK_FAILED", 10024, "scheduler crontab expression validation failure: {0}", "调度配置定时表达式验证失败: {0}"},
	MasterNotExists:                                {"MASTER_NOT_EXISTS", 10025, "master does not exist", "无可用master节点"},
	ScheduleStatusUnknown:                          {"SCHEDULE_STATUS_UNKNOWN", 10026, "unknown status: {0}", "未知状态: {0}"},
	CreateAlertGroupError:                          {"CREATE_ALERT_GROUP_ERROR", 10027, "create alert group error", "创建告警组错误"},
	QueryAllAlertgroupError:                        {"QUERY_ALL_ALERTGROUP_ERROR", 10028, "query all alertgroup error", "查询告警组错误"},
	ListPagingAlertGroupError:                      {"LIST_PAGING_ALERT_GROUP_ERROR", 10029, "list paging alert group error", "分页查询告警组错误"},
	UpdateAlertGroupError:                          {"UPDATE_ALERT_GROUP_ERROR", 10030, "update alert group error", "更新告警组错误"},
	DeleteAlertGroupError:                          {"DELETE_ALERT_GROUP_ERROR", 10031, "delete alert group error", "删除告警组错误"},
	AlertGroupGrantUserError:                       {"ALERT_GROUP_GRANT_USER_ERROR", 10032, "alert group grant user error", "告警组授权用户错误"},
	CreateDatasourceError:                          {"CREATE_DATASOURCE_ERROR", 10033, "create datasource error", "创建数据源错误"},
	UpdateDatasourceError:                          {"UPDATE_DATASOURCE_ERROR", 10034, "update datasource error", "更新数据源错误"},
	QueryDatasourceError:                           {"QUERY_DATASOURCE_ERROR", 10035, "query datasource error", "查询数据源错误"},
	ConnectDatasourceFailure:                       {"CONNECT_DATASOURCE_FAILURE", 10036, "connect datasource failure", "建立数据源连接失败"},
	ConnectionTestFailure:                          {"CONNECTION_TEST_FAILURE", 10037, "connection test failure", "测试数据源连接失败"},
	DeleteDataSourceFailure:                        {"DELETE_DATA_SOURCE_FAILURE", 10038, "delete data source failure", "删除数据源失败"},
	VerifyDatasourceNameFailure:                    {"VERIFY_DATASOURCE_NAME_FAILURE", 10039, "verify datasource name failure", "验证数据源名称失败"},
	UnauthorizedDatasource:                         {"UNAUTHORIZED_DATASOURCE", 10040, "unauthorized datasource", "未经授权的数据源"},
	AuthorizedDataSource:                           {"AUTHORIZED_DATA_SOURCE", 10041, "authorized data source", "授权数据源失败"},
	LoginSuccess:                                   {"LOGIN_SUCCESS", 10042, "login success", "登录成功"},
	UserLoginFailure:                               {"USER_LOGIN_FAILURE", 10043, "user login failure", "用户登录失败"},
	ListWorkersError:                               {"LIST_WORKERS_ERROR", 10044, "list workers error", "查询worker列表错误"},
	ListMastersError:                               {"LIST_MASTERS_ERROR", 10045, "list masters error", "查询master列表错误"},
	UpdateProjectError:                             {"UPDATE_PROJECT_ERROR", 10046, "update project error", "更新项目信息错误"},
	QueryProjectDetailsByIDError:                   {"QUERY_PROJECT_DETAILS_BY_ID_ERROR", 10047, "query project details by id error", "查询项目详细信息错误"},
	CreateProjectError:                             {"CREATE_PROJECT_ERROR", 10048, "create project error", "创建项目错误"},
	LoginUserQueryProjectListPagingError:           {"LOGIN_USER_QUERY_PROJECT_LIST_PAGING_ERROR", 10049, "login user query project list paging error", "分页查询项目列表错误"},
	DeleteProjectError:                             {"DELETE_PROJECT_ERROR", 10050, "delete project error", "删除项目错误"},
	QueryUnauthorizedProjectError:                  {"QUERY_UNAUTHORIZED_PROJECT_ERROR", 10051, "query unauthorized project error", "查询未授权项目错误"},
	QueryAuthorizedProject:                         {"QUERY_AUTHORIZED_PROJECT", 10052, "query authorized project", "查询授权项目错误"},
	QueryQueueListError:                            {"QUERY_QUEUE_LIST_ERROR", 10053, "query queue list error", "查询队列列表错误"},
	CreateResourceError:                            {"CREATE_RESOURCE_ERROR", 10054, "create resource error", "创建资源错误"},
	UpdateResourceError:                            {"UPDATE_RESOURCE_ERROR", 10055, "update resource error", "更新资源错误"},
	QueryResourcesListError:                        {"QUERY_RESOURCES_LIST_ERROR", 10056, "query resources list error", "查询资源列表错误"},
	QueryResourcesListPaging:                       {"QUERY_RESOURCES_LIST_PAGING", 10057, "query resources list paging", "分页查询资源列表错误"},
	DeleteResourceError:                            {"DELETE_RESOURCE_ERROR", 10058, "delete resource error", "删除资源错误"},
	VerifyResourceByNameAndTypeError:               {"VERIFY_RESOURCE_BY_NAME_AND_TYPE_ERROR", 10059, "verify resource by name and type error", "资源名称或类型验证错误"},
	ViewResourceFileOnLineError:                    {"VIEW_RESOURCE_FILE_ON_LINE_ERROR", 10060, "view resource file online error", "查看资源文件错误"},
	CreateResourceFileOnLineError:                  {"CREATE_RESOURCE_FILE_ON_LINE_ERROR", 10061, "create resource file online error", "创建资源文件错误"},
	ResourceFileIsEmpty:                            {"RESOURCE_FILE_IS_EMPTY", 10062, "resource file is empty", "资源文件内容不能为空"},
	EditResourceFileOnLineError:                    {"EDIT_RESOURCE_FILE_ON_LINE_ERROR", 10063, "edit resource file online error", "更新资源文件错误"},
	DownloadResourceFileError:                      {"DOWNLOAD_RESOURCE_FILE_ERROR", 10064, "download resource file error", "下载资源文件错误"},
	CreateUDFFunctionError:                         {"CREATE_UDF_FUNCTION_ERROR", 10065, "create udf function error", "创建UDF函数错误"},
	ViewUDFFunctionError:                           {"VIEW_UDF_FUNCTION_ERROR", 10066, "view udf function error", "查询UDF函数错误"},
	UpdateUDFFunctionError:                         {"UPDATE_UDF_FUNCTION_ERROR", 10067, "update udf function error", "更新UDF函数错误"},
	QueryUDFFunctionListPagingError:                {"QUERY_UDF_FUNCTION_LIST_PAGING_ERROR", 10068, "query udf function list paging error", "分页查询UDF函数列表错误"},
	QueryDatasourceByTypeError:                     {"QUERY_DATASOURCE_BY_TYPE_ERROR", 10069, "query datasource by type error", "查询数据源信息错误"},
	VerifyUDFFunctionNameError:                     {"VERIFY_UDF_FUNCTION_NAME_ERROR", 10070, "verify udf function name error", "UDF函数名称验证错误"},
	DeleteUDFFunctionError:                         {"DELETE_UDF_FUNCTION_ERROR", 10071, "delete udf function error", "删除UDF函数错误"},
	AuthorizedFileResourceError:                    {"AUTHORIZED_FILE_RESOURCE_ERROR", 10072, "authorized file resource error", "授权资源文件错误"},
	AuthorizeResourceTree:                          {"AUTHORIZE_RESOURCE_TREE", 10073, "authorize resource tree display error", "授权资源目录树错误"},
	UnauthorizedUDFFunctionError:                   {"UNAUTHORIZED_UDF_FUNCTION_ERROR", 10074, "unauthorized udf function error", "查询未授权UDF函数错误"},
	AuthorizedUDFFunctionError:                     {"AUTHORIZED_UDF_FUNCTION_ERROR", 10075, "authorized udf function error", "授权UDF函数错误"},
	CreateScheduleError:                            {"CREATE_SCHEDULE_ERROR", 10076, "create schedule error", "创建调度配置错误"},
	UpdateScheduleError:                            {"UPDATE_SCHEDULE_ERROR", 10077, "update schedule error", "更新调度配置错误"},
	PublishScheduleOnlineError:                     {"PUBLISH_SCHEDULE_ONLINE_ERROR", 10078, "publish schedule online error", "上线调度配置错误"},
	OfflineScheduleError:                           {"OFFLINE_SCHEDULE_ERROR", 10079, "offline schedule error", "下线调度配置错误"},
	QueryScheduleListPagingError:                   {"QUERY_SCHEDULE_LIST_PAGING_ERROR", 10080, "query schedule list paging error", "分页查询调度配置列表错误"},
	QueryScheduleListError:                         {"QUERY_SCHEDULE_LIST_ERROR", 10081, "query schedule list error", "查询调度配置列表错误"},
	QueryTaskListPagingError:                       {"QUERY_TASK_LIST_PAGING_ERROR", 10082, "query task list paging error", "分页查询任务列表错误"},
	QueryTaskRecordListPagingError:                 {"QUERY_TASK_RECORD_LIST_PAGING_ERROR", 10083, "query task record list paging error", "分页查询任务记录错误"},
	CreateTenantError:                              {"CREATE_TENANT_ERROR", 10084, "create tenant error", "创建租户错误"},
	QueryTenantListPagingError:                     {"QUERY_TENANT_LIST_PAGING_ERROR", 10085, "query tenant list paging error", "分页查询租户列表错误"},
	QueryTenantListError:                           {"QUERY_TENANT_LIST_ERROR", 10086, "query tenant list error", "查询租户列表错误"},
	UpdateTenantError:                              {"UPDATE_TENANT_ERROR", 10087, "update tenant error", "更新租户错误"},
	DeleteTenantByIDError:                          {"DELETE_TENANT_BY_ID_ERROR", 10088, "delete tenant by id error", "删除租户错误"},
	VerifyTenantCodeError:                          {"VERIFY_TENANT_CODE_ERROR", 10089, "verify tenant code error", "租户编码验证错误"},
	CreateUserError:                                {"CREATE_USER_ERROR", 10090, "create user error", "创建用户错误"},
	QueryUserListPagingError:                       {"QUERY_USER_LIST_PAGING_ERROR", 10091, "query user list paging error", "分页查询用户列表错误"},
	UpdateUserError:                                {"UPDATE_USER_ERROR", 10092, "update user error", "更新用户错误"},
	DeleteUserByIDError:                            {"DELETE_USER_BY_ID_ERROR", 10093, "delete user by id error", "删除用户错误"},
	GrantProjectError:                              {"GRANT_PROJECT_ERROR", 10094, "grant project error", "授权项目错误"},
	GrantResourceError:                             {"GRANT_RESOURCE_ERROR", 10095, "grant resource error", "授权资源错误"},
	GrantUDFFunctionError:                          {"GRANT_UDF_FUNCTION_ERROR", 10096, "grant udf function error", "授权UDF函数错误"},
	GrantDatasourceError:                           {"GRANT_DATASOURCE_ERROR", 10097, "grant datasource error", "授权数据源错误"},
	GetUserInfoError:                               {"GET_USER_INFO_ERROR", 10098, "get user info error", "获取用户信息错误"},
	UserListError:                                  {"USER_LIST_ERROR", 10099, "user list error", "查询用户列表错误"},
	VerifyUsernameError:                            {"VERIFY_USERNAME_ERROR", 10100, "verify username error", "用户名验证错误"},
	UnauthorizedUserError:                          {"UNAUTHORIZED_USER_ERROR", 10101, "unauthorized user error", "查询未授权用户错误"},
	AuthorizedUserError:                            {"AUTHORIZED_USER_ERROR", 10102, "authorized user error", "查询授权用户错误"},
	QueryTaskInstanceLogError:                      {"QUERY_TASK_INSTANCE_LOG_ERROR", 10103, "view task instance log error", "查询任务实例日志错误"},
	DownloadTaskInstanceLogFileError:               {"DOWNLOAD_TASK_INSTANCE_LOG_FILE_ERROR", 10104, "download task instance log file error", "下载任务日志文件错误"},
	CreateProcessDefinition:                        {"CREATE_PROCESS_DEFINITION", 10105, "create process definition", "创建工作流错误"},
	VerifyProcessDefinitionNameUniqueError:         {"VERIFY_PROCESS_DEFINITION_NAME_UNIQUE_ERROR", 10106, "verify process definition name unique error", "工作流定义名称已存在"},
	UpdateProcessDefinitionError:                   {"UPDATE_PROCESS_DEFINITION_ERROR", 10107, "update process definition error", "更新工作流定义错误"},
	ReleaseProcessDefinitionError:                  {"RELEASE_PROCESS_DEFINITION_ERROR", 10108, "release process definition error", "上线工作流错误"},
	QueryDatailOfProcessDefinitionError:            {"QUERY_DATAIL_OF_PROCESS_DEFINITION_ERROR", 10109, "query datail of process definition error", "查询工作流详细信息错误"},
	QueryProcessDefinitionList:                     {"QUERY_PROCESS_DEFINITION_LIST", 10110, "query process definition list", "查询工作流列表错误"},
	EncapsulationTreeviewStructureError:            {"ENCAPSULATION_TREEVIEW_STRUCTURE_ERROR", 10111, "encapsulation treeview structure error", "查询工作流树形图数据错误"},
	GetTasksListByProcessDefinitionIDError:         {"GET_TASKS_LIST_BY_PROCESS_DEFINITION_ID_ERROR", 10112, "get tasks list by process definition id error", "查询工作流定义节点信息错误"},
	QueryProcessInstanceListPagingError:            {"QUERY_PROCESS_INSTANCE_LIST_PAGING_ERROR", 10113, "query process instance list paging error", "分页查询工作流实例列表错误"},
	QueryTaskListByProcessInstanceIDError:          {"QUERY_TASK_LIST_BY_PROCESS_INSTANCE_ID_ERROR", 10114, "query task list by process instance id error", "查询任务实例列表错误"},
	UpdateProcessInstanceError:                     {"UPDATE_PROCESS_INSTANCE_ERROR", 10115, "update process instance error", "更新工作流实例错误"},
	QueryProcessInstanceByIDError:                  {"QUERY_PROCESS_INSTANCE_BY_ID_ERROR", 10116, "query process instance by id error", "查询工作流实例错误"},
	BatchDeleteProcessInstanceByIdsError:           {"BATCH_DELETE_PROCESS_INSTANCE_BY_IDS_ERROR", 10117, "batch delete process instance by ids {0} error", "批量删除工作流实例错误"},
	DeleteProcessInstanceByIDError:                 {"DELETE_PROCESS_INSTANCE_BY_ID_ERROR", 10117, "delete process instance by id error", "删除工作流实例错误"},
	QuerySubProcessInstanceDetailInfoByTaskIDError: {"QUERY_SUB_PROCESS_INSTANCE_DETAIL_INFO_BY_TASK_ID_ERROR", 10118, "query sub process instance detail info by task id error", "查询子流程任务实例错误"},
	QueryParentProcessInstanceDetailInfoBySubProcessInstanceIDError: {"QUERY_PARENT_PROCESS_INSTANCE_DETAIL_INFO_BY_SUB_PROCESS_INSTANCE_ID_ERROR", 10119, "query parent process instance detail info by sub process instance id error", "查询子流程该工作流实例错误"},
	QueryProcessInstanceAllVariablesError:                           {"QUERY_PROCESS_INSTANCE_ALL_VARIABLES_ERROR", 10120, "query process instance all variables error", "查询工作流自定义变量信息错误"},
	EncapsulationProcessInstanceGanttStructureError:                 {"ENCAPSULATION_PROCESS_INSTANCE_GANTT_STRUCTURE_ERROR", 10121, "encapsulation process instance gantt structure error", "查询工作流实例甘特图数据错误"},
	QueryProcessDefinitionListPagingError:                           {"QUERY_PROCESS_DEFINITION_LIST_PAGING_ERROR", 10122, "query process definition list paging error", "分页查询工作流定义列表错误"},
	SignOutError:                                                    {"SIGN_OUT_ERROR", 10123, "sign out error", "退出错误"},
	TenantCodeHasAlreadyExists:                                      {"TENANT_CODE_HAS_ALREADY_EXISTS", 10124, "tenant code has already exists", "租户编码已存在"},
	IPIsEmpty:                                                       {"IP_IS_EMPTY", 10125, "ip is empty", "IP地址不能为空"},
	ScheduleCronRealeaseNeedNotChange:                               {"SCHEDULE_CRON_REALEASE_NEED_NOT_CHANGE", 10126, "schedule release is already {0}", "调度配置上线错误[{0}]"},
	CreateQueueError:                                                {"CREATE_QUEUE_ERROR", 10127, "create queue error", "创建队列错误"},
	QueueNotExist:                                                   {"QUEUE_NOT_EXIST", 10128, "queue {0} not exists", "队列ID[{0}]不存在"},
	QueueValueExist:                                                 {"QUEUE_VALUE_EXIST", 10129, "queue value {0} already exists", "队列值[{0}]已存在"},
	QueueNameExist:                                                  {"QUEUE_NAME_EXIST", 10130, "queue name {0} already exists", "队列名称[{0}]已存在"},
	UpdateQueueError:                                                {"UPDATE_QUEUE_ERROR", 10131, "update queue error", "更新队列信息错误"},
	NeedNotUpdateQueue:                                              {"NEED_NOT_UPDATE_QUEUE", 10132, "no content changes, no updates are required", "数据未变更，不需要更新队列信息"},
	VerifyQueueError:                                                {"VERIFY_QUEUE_ERROR", 10133, "verify queue error", "验证队列信息错误"},
	NameNull:                                                        {"NAME_NULL", 10134, "name must be not null", "名称不能为空"},
	NameExist:                                                       {"NAME_EXIST", 10135, "name {0} already exists", "名称[{0}]已存在"},
	SaveError:                                                       {"SAVE_ERROR", 10136, "save error", "保存错误"},
	DeleteProjectErrorDefinesNotNull:                                {"DELETE_PROJECT_ERROR_DEFINES_NOT_NULL", 10137, "please delete the process definitions in project first!", "请先删除全部工作流定义"},
	PreviewScheduleError:                                            {"PREVIEW_SCHEDULE_ERROR", 10139, "preview schedule error", "预览调度配置错误"},
	ParseToCronExpressionError:                                      {"PARSE_TO_CRON_EXPRESSION_ERROR", 10140, "parse cron to cron expression error", "解析调度表达式错误"},
	ScheduleStartTimeEndTimeSame:                                    {"SCHEDULE_START_TIME_END_TIME_SAME", 10141, "The start time must not be the same as the end", "开始时间不能和结束时间一样"},
	DeleteTenantByIDFail:                                            {"DELETE_TENANT_BY_ID_FAIL", 10142, "delete tenant by id fail, for there are {0} process instances in executing using it", "删除租户失败，有[{0}]个运行中的工作流实例正在使用"},
	DeleteTenantByIDFailDefines:                                     {"DELETE_TENANT_BY_ID_FAIL_DEFINES", 10143, "delete tenant by id fail, for there are {0} process definitions using it", "删除租户失败，有[{0}]个工作流定义正在使用"},
	DeleteTenantByIDFailUsers:                                       {"DELETE_TENANT_BY_ID_FAIL_USERS", 10144, "delete tenant by id fail, for there are {0} users using it", "删除租户失败，有[{0}]个用户正在使用"},
	DeleteWorkerGroupByIDFail:                                       {"DELETE_WORKER_GROUP_BY_ID_FAIL", 10145, "delete worker group by id fail, for there are {0} process instances in executing using it", "删除Worker分组失败，有[{0}]个运行中的工作流实例正在使用"},
	QueryWorkerGroupFail:                                            {"QUERY_WORKER_GROUP_FAIL", 10146, "query worker group fail ", "查询worker分组失败"},
	DeleteWorkerGroupFail:                                           {"DELETE_WORKER_GROUP_FAIL", 10147, "delete worker group fail ", "删除worker分组失败"},
	CopyProcessDefinitionError:                                      {"COPY_PROCESS_DEFINITION_ERROR", 10148, "copy process definition error", "复制工作流错误"},
	DatasourceDbTypeIllegal:                                         {"DATASOURCE_DB_TYPE_ILLEGAL", 10169, "datasource type illegal", "数据源类型参数不合法"},
	DatasourcePortIllegal:                                           {"DATASOURCE_PORT_ILLEGAL", 10170, "datasource port illegal", "数据源端口参数不合法"},
	DatasourceOtherParamsIllegal:                                    {"DATASOURCE_OTHER_PARAMS_ILLEGAL", 10171, "datasource other params illegal", "数据源其他参数不合法"},
	DatasourceNameIllegal:                                           {"DATASOURCE_NAME_ILLEGAL", 10172, "datasource name illegal", "数据源名称不合法"},
	DatasourceHostIllegal:                                           {"DATASOURCE_HOST_ILLEGAL", 10173, "datasource host illegal", "数据源HOST不合法"},
	DeleteWorkerGroupNotExist:                                       {"DELETE_WORKER_GROUP_NOT_EXIST", 10174, "delete worker group not exist ", "删除worker分组不存在"},
	CreateWorkerGroupForbiddenInDocker:                              {"CREATE_WORKER_GROUP_FORBIDDEN_IN_DOCKER", 10175, "create worker group forbidden in docker ", "创建worker分组在docker中禁止"},
	DeleteWorkerGroupForbiddenInDocker:                              {"DELETE_WORKER_GROUP_FORBIDDEN_IN_DOCKER", 10176, "delete worker group forbidden in docker ", "删除worker分组在docker中禁止"},
	WorkerAddressInvalid:                                            {"WORKER_ADDRESS_INVALID", 10177, "worker address {0} invalid", "worker地址[{0}]无效"},
	QueryWorkerAddressListFail:                                      {"QUERY_WORKER_ADDRESS_LIST_FAIL", 10178, "query worker address list fail ", "查询worker地址列表失败"},
	UDFFunctionNotExist:                                             {"UDF_FUNCTION_NOT_EXIST", 20001, "UDF function not found", "UDF函数不存在"},
	UDFFunctionExists:                                               {"UDF_FUNCTION_EXISTS", 20002, "UDF function already exists", "UDF函数已存在"},
	ResourceNotExist:                                                {"RESOURCE_NOT_EXIST", 20004, "resource not exist", "资源不存在"},
	ResourceExist:                                                   {"RESOURCE_EXIST", 20005, "resource already exists", "资源已存在"},
	ResourceSuffixNotSupportView:                                    {"RESOURCE_SUFFIX_NOT_SUPPORT_VIEW", 20006, "resource suffix do not support online viewing", "资源文件后缀不支持查看"},
	ResourceSizeExceedLimit:                                         {"RESOURCE_SIZE_EXCEED_LIMIT", 20007, "upload resource file size exceeds limit", "上传资源文件大小超过限制"},
	ResourceSuffixForbidChange:                                      {"RESOURCE_SUFFIX_FORBID_CHANGE", 20008, "resource suffix not allowed to be modified", "资源文件后缀不支持修改"},
	UDFResourceSuffixNotJar:                                         {"UDF_RESOURCE_SUFFIX_NOT_JAR", 20009, "UDF resource suffix name must be jar", "UDF资源文件后缀名只支持[jar]"},
	HDFSCopyFail:                                                    {"HDFS_COPY_FAIL", 20010, "hdfs copy {0} -> {1} fail", "hdfs复制失败：[{0}] -> [{1}]"},
	ResourceFileExist:                                               {"RESOURCE_FILE_EXIST", 20011, "resource file {0} already exists in hdfs,please delete it or change name!", "资源文件[{0}]在hdfs中已存在，请删除或修改资源名"},
	ResourceFileNotExist:                                            {"RESOURCE_FILE_NOT_EXIST", 20012, "resource file {0} not exists in hdfs!", "资源文件[{0}]在hdfs中不存在"},
	UDFResourceIsBound:                                              {"UDF_RESOURCE_IS_BOUND", 20013, "udf resource file is bound by UDF functions:{0}", "udf函数绑定了资源文件[{0}]"},
	ResourceIsUsed:                                                  {"RESOURCE_IS_USED", 20014, "resource file is used by process definition", "资源文件被上线的流程定义使用了"},
	ParentResourceNotExist:                                          {"PARENT_RESOURCE_NOT_EXIST", 20015, "parent resource not exist", "父资源文件不存在"},
	ResourceNotExistOrNoPermission:                                  {"RESOURCE_NOT_EXIST_OR_NO_PERMISSION", 20016, "resource not exist or no permission,please view the task node and remove error resource", "请检查任务节点并移除无权限或者已删除的资源"},
	ResourceIsAuthorized:                                            {"RESOURCE_IS_AUTHORIZED", 20017, "resource is authorized to user {0},suffix not allowed to be modified", "资源文件已授权其他用户[{0}],后缀不允许修改"},
	UserNoOperationPerm:                                             {"USER_NO_OPERATION_PERM", 30001, "user has no operation privilege", "当前用户没有操作权限"},
	UserNoOperationProjectPerm:                                      {"USER_NO_OPERATION_PROJECT_PERM", 30002, "user {0} is not has project {1} permission", "当前用户[{0}]没有[{1}]项目的操作权限"},
	ProcessInstanceNotExist:                                         {"PROCESS_INSTANCE_NOT_EXIST", 50001, "process instance {0} does not exist", "工作流实例[{0}]不存在"},
	ProcessInstanceExist:                                            {"PROCESS_INSTANCE_EXIST", 50002, "process instance {0} already exists", "工作流实例[{0}]已存在"},
	ProcessDefineNotExist:                                           {"PROCESS_DEFINE_NOT_EXIST", 50003, "process definition {0} does not exist", "工作流定义[{0}]不存在"},
	ProcessDefineNotRelease:                                         {"PROCESS_DEFINE_NOT_RELEASE", 50004, "process definition {0} not on line", "工作流定义[{0}]不是上线状态"},
	ProcessInstanceAlreadyChanged:                                   {"PROCESS_INSTANCE_ALREADY_CHANGED", 50005, "the status of process instance {0} is already {1}", "工作流实例[{0}]的状态已经是[{1}]"},
	ProcessInstanceStateOperationError:                              {"PROCESS_INSTANCE_STATE_OPERATION_ERROR", 50006, "the status of process instance {0} is {1},Cannot perform {2} operation", "工作流实例[{0}]的状态是[{1}]，无法执行[{2}]操作"},
	SubProcessInstanceNotExist:                                      {"SUB_PROCESS_INSTANCE_NOT_EXIST", 50007, "the task belong to process instance does not exist", "子工作流实例不存在"},
	ProcessDefineNotAllowedEdit:                                     {"PROCESS_DEFINE_NOT_ALLOWED_EDIT", 50008, "process definition {0} does not allow edit", "工作流定义[{0}]不允许修改"},
	ProcessInstanceExecutingCommand:                                 {"PROCESS_INSTANCE_EXECUTING_COMMAND", 50009, "process instance {0} is executing the command, please wait ...", "工作流实例[{0}]正在执行命令，请稍等..."},
	ProcessInstanceNotSubProcessInstance:                            {"PROCESS_INSTANCE_NOT_SUB_PROCESS_INSTANCE", 50010, "process instance {0} is not sub process instance", "工作流实例[{0}]不是子工作流实例"},
	TaskInstanceStateCountError:                                     {"TASK_INSTANCE_STATE_COUNT_ERROR", 50011, "task instance state count error", "查询各状态任务实例数错误"},
	CountProcessInstanceStateError:                                  {"COUNT_PROCESS_INSTANCE_STATE_ERROR", 50012, "count process instance state error", "查询各状态流程实例数错误"},
	CountProcessDefinitionUserError:                                 {"COUNT_PROCESS_DEFINITION_USER_ERROR", 50013, "count process definition user error", "查询各用户流程定义数错误"},
	StartProcessInstanceError:                                       {"START_PROCESS_INSTANCE_ERROR", 50014, "start process instance error", "运行工作流实例错误"},
	ExecuteProcessInstanceError:                                     {"EXECUTE_PROCESS_INSTANCE_ERROR", 50015, "execute process instance error", "操作工作流实例错误"},
	CheckProcessDefinitionError:                                     {"CHECK_PROCESS_DEFINITION_ERROR", 50016, "check process definition error", "检查工作流实例错误"},
	DataIsNotValid:                                                  {"DATA_IS_NOT_VALID", 50017, "data {0} not valid", "数据[{0}]无效"},
	QueryRecipientsAndCopyersByProcessDefinitionError:               {"QUERY_RECIPIENTS_AND_COPYERS_BY_PROCESS_DEFINITION_ERROR", 50017, "query recipients and copyers by process definition error", "查询收件人和抄送人错误"},
	DataIsNull:                                                      {"DATA_IS_NULL", 50018, "data {0} is null", "数据[{0}]不能为空"},
	ProcessNodeHasCycle:                                             {"PROCESS_NODE_HAS_CYCLE", 50019, "process node has cycle", "流程节点间存在循环依赖"},
	ProcessNodeSParameterInvalid:                                    {"PROCESS_NODE_S_PARAMETER_INVALID", 50020, "process node {0} parameter invalid", "流程节点[{0}]参数无效"},
	ProcessDefineStateOnline:                                        {"PROCESS_DEFINE_STATE_ONLINE", 50021, "process definition {0} is already on line", "工作流定义[{0}]已上线"},
	DeleteProcessDefineByIDError:                                    {"DELETE_PROCESS_DEFINE_BY_ID_ERROR", 50022, "delete process definition by id error", "删除工作流定义错误"},
	ScheduleCronStateOnline:                                         {"SCHEDULE_CRON_STATE_ONLINE", 50023, "the status of schedule {0} is already on line", "调度配置[{0}]已上线"},
	DeleteScheduleCronByIDError:                                     {"DELETE_SCHEDULE_CRON_BY_ID_ERROR", 50024, "delete schedule by id error", "删除调度配置错误"},
	BatchDeleteProcessDefineError:                                   {"BATCH_DELETE_PROCESS_DEFINE_ERROR", 50025, "batch delete process definition error", "批量删除工作流定义错误"},
	BatchDeleteProcessDefineByIdsError:                              {"BATCH_DELETE_PROCESS_DEFINE_BY_IDS_ERROR", 50026, "batch delete process definition by ids {0} error", "批量删除工作流定义[{0}]错误"},
	TenantNotSuitable:                                               {"TENANT_NOT_SUITABLE", 50027, "there is not any tenant suitable, please choose a tenant available.", "没有合适的租户，请选择可用的租户"},
	BatchExportProcessDefineByIdsError:                              {"BATCH_EXPORT_PROCESS_DEFINE_BY_IDS_ERROR", 50028, "batch export process definition by ids error", "批量导出工作流定义错误"},
	ExportProcessDefineByIDError:                                    {"EXPORT_PROCESS_DEFINE_BY_ID_ERROR", 50028, "export process definition by id error", "导出工作流定义错误"},
	ImportProcessDefineError:                                        {"IMPORT_PROCESS_DEFINE_ERROR", 50029, "import process definition error", "导入工作流定义错误"},
	HDFSNotStartup:                                                  {"HDFS_NOT_STARTUP", 60001, "hdfs not startup", "hdfs未启用"},
	QueryDatabaseStateError:                                         {"QUERY_DATABASE_STATE_ERROR", 70001, "query database state error", "查询数据库状态错误"},
	QueryZookeeperStateError:                                        {"QUERY_ZOOKEEPER_STATE_ERROR", 70002, "query zookeeper state error", "查询zookeeper状态错误"},
	CreateAccessTokenError:                                          {"CREATE_ACCESS_TOKEN_ERROR", 70010, "create access token error", "创建访问token错误"},
	GenerateTokenError:                                              {"GENERATE_TOKEN_ERROR", 70011, "generate token error", "生成token错误"},
	QueryAccesstokenListPagingError:                                 {"QUERY_ACCESSTOKEN_LIST_PAGING_ERROR", 70012, "query access token list paging error", "分页查询访问token列表错误"},
	UpdateAccessTokenError:                                          {"UPDATE_ACCESS_TOKEN_ERROR", 70013, "update access token error", "更新访问token错误"},
	DeleteAccessTokenError:                                          {"DELETE_ACCESS_TOKEN_ERROR", 70014, "delete access token error", "删除访问token错误"},
	AccessTokenNotExist:                                             {"ACCESS_TOKEN_NOT_EXIST", 70015, "access token not exist", "访问token不存在"},
	CommandStateCountError:                                          {"COMMAND_STATE_COUNT_ERROR", 80001, "task instance state count error", "查询各状态任务实例数错误"},
	QueueCountError:                                                 {"QUEUE_COUNT_ERROR", 90001, "queue count error", "查询队列数据错误"},
	KerberosStartupState:                                            {"KERBEROS_STARTUP_STATE", 100001, "get kerberos startup state error", "获取kerberos启动状态错误"},
}
