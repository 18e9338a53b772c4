package dolphin

import (
	"net/http"
	"slices"

	"github.com/porpoise-scheduler/porpoise/apiserver/internal/rest/dolphin/status"
)

// resourceGroup is the group of all endpoints of the resource centre.
const resourceGroup = "Resources"

// resourceRoutes declares the endpoints of the resource centre.
func (d *Dialect) resourceRoutes() []Route {
	return slices.Concat(d.resourceChangeRoutes(), d.resourceViewRoutes(), d.resourceGrantRoutes(), d.udfRoutes())
}

func resourceType() Param { return Enum("type", "FILE", "UDF").Must() }

func (d *Dialect) resourceChangeRoutes() []Route {
	const group = resourceGroup
	placed := []Param{Text("description"), Int("pid").Must(), Text("currentDir").Must()}
	return []Route{
		{Group: group, Operation: "createDirectory", Method: http.MethodPost, Path: "/resources/directory/create",
			Params:        append([]Param{resourceType(), Text("name").Must()}, placed...),
			ErrorConstant: status.CreateResourceError, Access: SignedIn, Handler: d.createFolder},
		{Group: group, Operation: "createResource", Method: http.MethodPost, Path: "/resources/create",
			Params:        append([]Param{resourceType(), Text("name").Must(), File("file").Must()}, placed...),
			ErrorConstant: status.CreateResourceError, Access: SignedIn, StoresFiles: true, Handler: d.createFile},
		{Group: group, Operation: "onlineCreateResource", Method: http.MethodPost, Path: "/resources/online-create",
			Params: append([]Param{resourceType(), Text("fileName").Must(), Text("suffix").Must(), Text("content").Must()},
				placed...),
			ErrorConstant: status.CreateResourceFileOnLineError, Access: SignedIn, Handler: d.createText},
		{Group: group, Operation: "updateResource", Method: http.MethodPost, Path: "/resources/update",
			Params:        []Param{Int("id").Must(), resourceType(), Text("name").Must(), Text("description"), File("file")},
			ErrorConstant: status.UpdateResourceError, Access: SignedIn, StoresFiles: true, Handler: d.updateResource},
		{Group: group, Operation: "updateResourceContent", Method: http.MethodPost, Path: "/resources/update-content",
			Params:        []Param{Int("id").Must(), Text("content").Must()},
			ErrorConstant: status.EditResourceFileOnLineError, Access: SignedIn, Handler: d.updateText},
		{Group: group, Operation: "deleteResource", Method: http.MethodGet, Path: "/resources/delete",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DeleteResourceError,
			Access: SignedIn, Writes: true, Handler: d.deleteResource},
	}
}

func (d *Dialect) resourceViewRoutes() []Route {
	const group = resourceGroup
	return []Route{
		{Group: group, Operation: "queryResourceList", Method: http.MethodGet, Path: "/resources/list",
			Params: []Param{resourceType()}, ErrorConstant: status.QueryResourcesListError, Access: SignedIn,
			Handler: d.resourceTree},
		{Group: group, Operation: "queryResourceListPaging", Method: http.MethodGet, Path: "/resources/list-paging",
			Params:        append([]Param{resourceType(), Int("id").Must()}, pageParams()...),
			ErrorConstant: status.QueryResourcesListPaging, Access: SignedIn, Handler: d.pageResources},
		{Group: group, Operation: "queryResourceJarList", Method: http.MethodGet, Path: "/resources/list/jar",
			Params:        []Param{resourceType(), Enum("programType", "JAVA", "SCALA", "PYTHON")},
			ErrorConstant: status.QueryResourcesListError, Access: SignedIn, Handler: d.programs},
		{Group: group, Operation: "verifyResourceName", Method: http.MethodGet, Path: "/resources/verify-name",
			Params:        []Param{Text("fullName").Must(), resourceType()},
			ErrorConstant: status.VerifyResourceByNameAndTypeError, Access: SignedIn, Handler: d.verifyResourceName},
		{Group: group, Operation: "queryResource", Method: http.MethodGet, Path: "/resources/queryResource",
			Params:        []Param{Text("fullName"), Int("id"), resourceType()},
			ErrorConstant: status.ResourceNotExist, Access: SignedIn, Handler: d.queryResource},
		{Group: group, Operation: "viewResource", Method: http.MethodGet, Path: "/resources/view",
			Params:        []Param{Int("id").Must(), Int("skipLineNum").Must(), Int("limit").Must()},
			ErrorConstant: status.ViewResourceFileOnLineError, Access: SignedIn, Handler: d.viewResource},
		{Group: group, Operation: "downloadResource", Method: http.MethodGet, Path: "/resources/download",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DownloadResourceFileError,
			Access: SignedIn, Streaming: true, AnswersFile: true, Handler: d.downloadResource},
	}
}

func (d *Dialect) resourceGrantRoutes() []Route {
	const group = resourceGroup
	user := []Param{Int("userId").Must()}
	return []Route{
		{Group: group, Operation: "authorizedFile", Method: http.MethodGet, Path: "/resources/authed-file",
			Params: user, SuccessStatus: http.StatusCreated, ErrorConstant: status.AuthorizedFileResourceError,
			Access: AdminOnly, Handler: d.grantedResources},
		{Group: group, Operation: "authorizeResourceTree", Method: http.MethodGet, Path: "/resources/authorize-resource-tree",
			Params: user, SuccessStatus: http.StatusCreated, ErrorConstant: status.AuthorizeResourceTree,
			Access: AdminOnly, Handler: d.grantableResources},
		{Group: group, Operation: "unauthUDFFunc", Method: http.MethodGet, Path: "/resources/unauth-udf-func",
			Params: user, SuccessStatus: http.StatusCreated, ErrorConstant: status.UnauthorizedUDFFunctionError,
			Access: AdminOnly, Handler: d.ungrantedUDFs},
		{Group: group, Operation: "authorizedUDFFunction", Method: http.MethodGet, Path: "/resources/authed-udf-func",
			Params: user, SuccessStatus: http.StatusCreated, ErrorConstant: status.AuthorizedUDFFunctionError,
			Access: AdminOnly, Handler: d.grantedUDFs},
	}
}

func (d *Dialect) udfRoutes() []Route {
	const group = resourceGroup
	kind := Enum("type", "HIVE", "SPARK").Must()
	fields := []Param{kind, Text("funcName").Must(), Text("className").Must(), Text("argTypes"), Text("database"),
		Text("description"), Int("resourceId").Must()}
	return []Route{
		{Group: group, Operation: "createUdfFunc", Method: http.MethodPost, Path: "/resources/udf-func/create",
			Params: fields, SuccessStatus: http.StatusCreated, ErrorConstant: status.CreateUDFFunctionError,
			Access: SignedIn, Handler: d.createUDF},
		{Group: group, Operation: "viewUIUdfFunction", Method: http.MethodGet, Path: "/resources/udf-func/update-ui",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.ViewUDFFunctionError, Access: SignedIn, Handler: d.viewUDF},
		{Group: group, Operation: "updateUdfFunc", Method: http.MethodPost, Path: "/resources/udf-func/update",
			Params: append([]Param{Int("id").Must()}, fields...), ErrorConstant: status.UpdateUDFFunctionError,
			Access: SignedIn, Handler: d.updateUDF},
		{Group: group, Operation: "queryUdfFuncListPaging", Method: http.MethodGet, Path: "/resources/udf-func/list-paging",
			Params: pageParams(), ErrorConstant: status.QueryUDFFunctionListPagingError, Access: SignedIn, Handler: d.pageUDFs},
		{Group: group, Operation: "queryUdfFuncList", Method: http.MethodGet, Path: "/resources/udf-func/list",
			Params: []Param{kind}, ErrorConstant: status.QueryDatasourceByTypeError, Access: SignedIn, Handler: d.listUDFs},
		{Group: group, Operation: "verifyUdfFuncName", Method: http.MethodGet, Path: "/resources/udf-func/verify-name",
			Params: []Param{Text("name").Must()}, ErrorConstant: status.VerifyUDFFunctionNameError,
			Access: SignedIn, Handler: d.verifyUDFName},
		{Group: group, Operation: "deleteUdfFunc", Method: http.MethodGet, Path: "/resources/udf-func/delete",
			Params: []Param{Int("id").Must()}, ErrorConstant: status.DeleteUDFFunctionError,
			Access: SignedIn, Writes: true, Handler: d.deleteUDF},
	}
}

// resourceErrors turns their reasons into constants. Reasons that are missing
// get the endpoint's own constant: resource.folder, resource.changed.
func resourceErrors() map[string]status.Constant {
	return map[string]status.Constant{
		"storage.not_started":         status.HDFSNotStartup,
		"resource.not_found":          status.ResourceNotExist,
		"resource.parent_not_found":   status.ParentResourceNotExist,
		"resource.exists":             status.ResourceExist,
		"resource.empty":              status.ResourceFileIsEmpty,
		"resource.too_large":          status.ResourceSizeExceedLimit,
		"resource.suffix_changed":     status.ResourceSuffixForbidChange,
		"resource.suffix_unsupported": status.ResourceSuffixNotSupportView,
		"resource.not_jar":            status.UDFResourceSuffixNotJar,
		"resource.content_missing":    status.ResourceFileNotExist,
		"resource.granted":            status.ResourceIsAuthorized,
		"resource.used":               status.ResourceIsUsed,
		"resource.used_by_udf":        status.UDFResourceIsBound,
		"udf.exists":                  status.UDFFunctionExists,
		"udf.not_found":               status.UDFFunctionNotExist,
	}
}
